import type { Redis } from "ioredis";

const withinMs = 100;

/** Whether so many replicas have heard of what was written last, within a tenth of a second. */
export async function replicated(redis: Redis, replicas: number): Promise<boolean> {
  return (await redis.wait(replicas, withinMs)) >= replicas;
}
