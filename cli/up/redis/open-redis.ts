import { Redis } from "ioredis";
import { checkRedis } from "../../../core/redis/check-redis.ts";
import { CliError } from "../../errors.ts";

const connectMs = 5_000;

/** Throws a {@link CliError} unless a Redis answers there that keeps what the gateway needs kept. */
export async function assertUsableRedis(url: string, say: (line: string) => void): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectMs,
    commandTimeout: connectMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let cause: unknown;
  redis.on("error", (error) => {
    cause ??= error;
  });
  try {
    await redis.connect();
    const problems = await checkRedis(redis, (warning) => say(`Note: ${warning}`));
    if (problems.length > 0) throw unsuitable(url, problems);
  } catch (error) {
    throw error instanceof CliError ? error : unreachable(url, cause ?? error);
  } finally {
    redis.disconnect();
  }
}

function unsuitable(url: string, problems: readonly string[]): CliError {
  const list = problems.map((problem) => `  - ${problem}`).join("\n");
  return new CliError("failed", `The Redis at ${withoutPassword(url)} cannot be used:\n${list}`);
}

function unreachable(url: string, cause: unknown): CliError {
  const { message, code } = cause as NodeJS.ErrnoException;
  return new CliError(
    "failed",
    `The Redis at ${withoutPassword(url)} cannot be reached (${message || code}).\n` +
      "Start it, name another in MCPGW_REDIS_URL, or unset MCPGW_REDIS_URL and the gateway runs its own.",
    { cause },
  );
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//***@").replace(/([?&]password=)[^&]*/gi, "$1***");
}
