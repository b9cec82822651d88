import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { checkRedis } from "../core/redis/check-redis.ts";
import type { Logger } from "../core/service/log.ts";
import type { Settings } from "./settings.ts";

const redisDeadlineMs = 15_000;

/** Resolves when Redis answers and keeps what it is given. Throws what to mend. */
export async function prepareRedis(
  redis: Redis,
  { redisUrl: url, allowUnsafeRedis }: Pick<Settings, "redisUrl" | "allowUnsafeRedis">,
  log: Logger,
): Promise<void> {
  await waitForRedis(redis, { url, deadlineMs: redisDeadlineMs, log });
  const problems = await checkRedis(redis, (doubt) => log.warn(doubt));
  if (problems.length === 0) return;
  for (const problem of problems) log.error(problem);
  if (allowUnsafeRedis) return;
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  throw new Error(
    `Redis has ${count} with which the gateway would lose data: mend what the log names, or set MCPGW_ALLOW_UNSAFE_REDIS=true`,
  );
}

/** Waits until Redis answers. Says so while it waits, and throws what to mend when the time is over. */
export async function waitForRedis(
  redis: Redis,
  options: { readonly url: string; readonly deadlineMs: number; readonly log: Logger },
): Promise<void> {
  const { deadlineMs, log } = options;
  const place = withoutPassword(options.url);
  const endMs = performance.now() + deadlineMs;
  let said = false;
  for (;;) {
    const failure = await failureOf(redis);
    if (failure === undefined) return;
    if (performance.now() >= endMs) {
      const waited = `${Math.round(deadlineMs / 1_000)} s`;
      throw new Error(
        `Redis at ${place} did not answer within ${waited} (${failure}): start it, or set MCPGW_REDIS_URL`,
      );
    }
    if (!said) log.warn(`waiting for Redis at ${place}, which does not answer yet (${failure})`);
    said = true;
    await sleep(250);
  }
}

async function failureOf(redis: Redis): Promise<string | undefined> {
  let cause: Error | undefined;
  const keepCause = (error: Error) => {
    cause = error;
  };
  redis.on("error", keepCause);
  try {
    await redis.ping();
    return undefined;
  } catch (error) {
    return (cause ?? (error as Error)).message;
  } finally {
    redis.off("error", keepCause);
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}
