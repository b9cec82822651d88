import type { TestProject } from "vitest/node";
import { startRedis } from "./redis.ts";

declare module "vitest" {
  interface ProvidedContext {
    redisUrl: string;
  }
}

/** Starts the Redis that all tests of the run share, and so finds or installs one before the first test needs it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await startRedis();
  project.provide("redisUrl", redis.url);
  return () => redis.stop();
}
