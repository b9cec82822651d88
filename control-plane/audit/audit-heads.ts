import type { Redis } from "ioredis";
import type { AuditHead } from "../../core/audit/record.ts";
import { redisKeys } from "../../core/redis/keys.ts";

interface StoredHead {
  readonly producer: string;
  readonly sequence: number;
  readonly hash: string;
  readonly time: string;
}

/** A chain that brought nothing for so long is no longer told of. */
const keptForMs = 7 * 86_400_000;
/** Told in one checkpoint: the ones that wrote last. */
const maxHeads = 500;

/** Where the chains of all producers stand in the stream, and forgets those that ended long ago. */
export async function readHeads(redis: Redis, nowMs = Date.now()): Promise<AuditHead[]> {
  const stored = await redis.hgetall(redisKeys.auditHeads);
  const heads = Object.entries(stored).map(([bootId, json]) => {
    const { producer, sequence, hash, time } = JSON.parse(json) as StoredHead;
    return { head: { producer, bootId, sequence, hash }, timeMs: Date.parse(time) };
  });
  const old = heads.filter(({ timeMs }) => nowMs - timeMs > keptForMs);
  if (old.length > 0) await redis.hdel(redisKeys.auditHeads, ...old.map(({ head }) => head.bootId));
  return heads
    .filter((it) => !old.includes(it))
    .sort((one, other) => other.timeMs - one.timeMs)
    .slice(0, maxHeads)
    .map(({ head }) => head);
}
