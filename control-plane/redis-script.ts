import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";

/** Runs a Lua script: Redis does nothing else meanwhile. */
export type RedisScript = (
  keys: readonly string[],
  details: readonly (string | number | Uint8Array)[],
) => Promise<unknown>;

/** Makes the script in `file` a command of this connection, named `name`. */
export function defineScript(redis: Redis, name: string, file: URL): RedisScript {
  redis.defineCommand(name, { lua: readFileSync(file, "utf8") });
  const commands = redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  return async (keys, details) =>
    commands[name]?.(keys.length, ...keys, ...details.map(toArgument));
}

function toArgument(detail: string | number | Uint8Array): string | number | Buffer {
  return detail instanceof Uint8Array ? Buffer.from(detail) : detail;
}
