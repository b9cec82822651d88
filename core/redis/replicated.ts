import type { Redis } from "ioredis";

/** How long replicas have to hear of something. */
const replicateWithinMs = 100;

/**
 * Whether so many replicas have what this connection wrote so far (WAIT): then a failover to one of them does not
 * forget it. With 0 nobody is asked.
 */
export async function isReplicated(redis: Redis, replicas: number): Promise<boolean> {
  return replicas === 0 || (await redis.wait(replicas, replicateWithinMs)) >= replicas;
}
