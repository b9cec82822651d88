import type { Env } from "../../../core/service/env.ts";
import { CliError } from "../../errors.ts";
import { redisProcess } from "../processes.ts";
import type { Supervisor } from "../supervisor.ts";
import type { Terminal } from "../terminal.ts";
import { waitUntil } from "../wait.ts";
import { assertUsableRedis } from "./open-redis.ts";
import { answers, preparePrivateRedis } from "./private-redis.ts";
import { findRedis } from "./redis-source.ts";

/** A large append-only file takes a while to load. */
const loadMs = 120_000;

export interface RedisSurroundings {
  /** Where a private Redis keeps its data. */
  readonly folder: string;
  readonly env: Env;
  readonly terminal: Terminal;
  readonly supervisor: Supervisor;
}

/** Finds a Redis, starts it where it is our own, and returns the URL of one that the gateway can rely on. */
export async function startRedis(surroundings: RedisSurroundings): Promise<string> {
  const { folder, env, terminal, supervisor } = surroundings;
  const { say } = terminal;
  const source = await terminal.during("Looking for Redis", findRedis(env, say));
  if (source.kind === "url") {
    await terminal.during("Checking Redis", assertUsableRedis(source.url, say));
    return source.url;
  }

  const preparing = preparePrivateRedis(source, { folder, durable: true, env, say });
  const redis = await terminal.during("Preparing Redis", preparing);
  const children = supervisor.start(redisProcess(redis, env));
  const answering = waitUntil(() => answers(redis.url), { deadlineMs: loadMs });
  if (!(await terminal.during("Starting Redis", answering))) {
    throw new CliError("failed", `Redis did not answer within ${loadMs / 1_000} s.`);
  }
  await assertUsableRedis(redis.url, say);
  for (const child of children) child.markReady();
  return redis.url;
}
