import type { Redis } from "ioredis";
import { type AuditHead, maxHeads } from "../../core/audit/record.ts";
import { redisKeys } from "../../core/redis/keys.ts";

interface StoredHead {
  readonly producer: string;
  readonly sequence: number;
  readonly hash: string;
  readonly time: string;
}

/** A chain that brought nothing for so long is no longer told of. */
const keptForMs = 7 * 86_400_000;

/** Where the chains of all producers stand in the stream, and forgets those that ended long ago. */
export async function readHeads(redis: Redis, nowMs = Date.now()): Promise<AuditHead[]> {
  const stored = await redis.hgetall(redisKeys.auditHeads);
  const heads = Object.entries(stored).flatMap(([bootId, json]) => {
    const found = parse(json);
    if (!found) return [];
    const { producer, sequence, hash, time } = found;
    return [{ head: { producer, bootId, sequence, hash }, timeMs: Date.parse(time) }];
  });
  const old = heads.filter(({ timeMs }) => nowMs - timeMs > keptForMs);
  if (old.length > 0) await redis.hdel(redisKeys.auditHeads, ...old.map(({ head }) => head.bootId));
  return heads
    .filter((it) => !old.includes(it))
    .sort((one, other) => other.timeMs - one.timeMs)
    .slice(0, maxHeads)
    .map(({ head }) => head);
}

/** Undefined for what no process of ours wrote: it must not keep checkpoints from telling of the others. */
function parse(json: string): StoredHead | undefined {
  try {
    const head = JSON.parse(json) as Partial<StoredHead> | null;
    const { producer, sequence, hash, time } = head ?? {};
    if (typeof producer !== "string" || typeof hash !== "string") return undefined;
    if (!Number.isInteger(sequence) || Number.isNaN(Date.parse(String(time)))) return undefined;
    return { producer, sequence: Number(sequence), hash, time: String(time) };
  } catch {
    return undefined;
  }
}
