import { resolve } from "node:path";
import { connectRedis } from "../../../core/redis/connect.ts";
import type { Env } from "../../../core/service/env.ts";
import { CliError, unreachable, wrongUsage } from "../../errors.ts";
import { readRunningRedis } from "../../up/redis/running-redis.ts";

/** What says where Redis is, the first that does. */
export interface RedisChoice {
  /** Of --redis. */
  readonly given: string | undefined;
  readonly env: Env;
  /** The data folder of a gateway that `mcpctl up` runs on this machine. */
  readonly dataDir: string;
}

/**
 * Finds the gateway's Redis and makes sure that it answers: a command typed by hand shall say what is wrong rather than wait.
 * Throws a {@link CliError}.
 */
export async function findGatewayRedis(choice: RedisChoice): Promise<string> {
  const { given, env, dataDir } = choice;
  const named = given ?? env["MCPGW_REDIS_URL"];
  const url = named || readRunningRedis(resolve(dataDir, "redis"));
  if (!url) {
    throw wrongUsage(
      `the drain reads the gateway's Redis itself, and no gateway of \`mcpctl up\` keeps one in ${resolve(dataDir)}: ` +
        "give --redis, set MCPGW_REDIS_URL as for the gateway, or name its folder with --data-dir",
    );
  }
  await assertAnswers(url, named ? undefined : resolve(dataDir));
  return url;
}

async function assertAnswers(url: string, upFolder: string | undefined): Promise<void> {
  let cause: Error | undefined;
  const redis = open(url, (error) => {
    cause ??= error;
  });
  try {
    await redis.ping();
  } catch (error) {
    const { code = "no answer" } = (cause ?? error) as NodeJS.ErrnoException;
    const what =
      upFolder === undefined
        ? "is the URL right, and may this machine reach it?"
        : `does the gateway on ${upFolder} run? \`mcpctl up\` starts it`;
    throw unreachable(`the gateway's Redis does not answer (${code}): ${what}`, { cause: error });
  } finally {
    redis.disconnect();
  }
}

function open(url: string, onError: (error: Error) => void) {
  try {
    return connectRedis(url, "durable", onError);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw wrongUsage(cause instanceof Error ? cause.message : String(cause));
  }
}
