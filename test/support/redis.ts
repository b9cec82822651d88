import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { inject } from "vitest";
import { answers, preparePrivateRedis } from "../../cli/up/redis/private-redis.ts";
import { findRedis } from "../../cli/up/redis/redis-source.ts";
import { waitUntil } from "../../cli/up/wait.ts";

// biome-ignore lint/style/noProcessEnv: no main.ts stands above the tests to hand it in.
const env: NodeJS.ProcessEnv = { ...process.env, MCPGW_REDIS_URL: undefined };
const say = (line: string) => void process.stdout.write(`${line}\n`);

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a Redis of one's own, empty, that forgets everything when it stops. */
export async function startRedis(options: { readonly durable?: boolean } = {}): Promise<TestRedis> {
  const source = await findRedis(env, say);
  if (source.kind === "url") throw new Error("a test never uses a Redis that it did not start");
  const folder = mkdtempSync(join(tmpdir(), "mcpgw-"));
  const durable = options.durable ?? false;
  const redis = await preparePrivateRedis(source, { folder, durable, env, say });

  const child = spawn(redis.command, redis.args, {
    argv0: redis.argv0,
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(redis.input);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const killIt = () => void child.kill("SIGKILL");
  process.once("exit", killIt);

  const stop = async () => {
    process.off("exit", killIt);
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  if (await waitUntil(() => answers(redis.url), { deadlineMs: 20_000, everyMs: 10 })) {
    return { url: redis.url, stop };
  }
  await stop();
  throw new Error(`${redis.command} did not answer within 20 s`);
}

const databasesPerWorker = 8;
let handedOut = 0;

/**
 * The URL of an empty database on the Redis that all tests of the run share: quicker than a Redis of one's own.
 * Channels are not kept apart by database: a test that listens to one takes {@link startRedis}.
 */
export async function freshRedisUrl(): Promise<string> {
  const worker = Number(env["VITEST_POOL_ID"] ?? 1) % 2;
  const database = worker * databasesPerWorker + (handedOut++ % databasesPerWorker);
  const shared = inject("redisUrl");
  const url = shared.startsWith("/") ? `${shared}?db=${database}` : `${shared}/${database}`;
  const redis = new Redis(url);
  await redis.flushdb();
  redis.disconnect();
  return url;
}
