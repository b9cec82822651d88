import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { AuditStream } from "../../core/audit/audit-stream.ts";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import type { AuditEntry, AuditRecord } from "../../core/audit/record.ts";
import { redisKeys } from "../../core/redis/keys.ts";

/** Writes records straight into the stream, without a disk. */
export function writeTo(redis: Redis, producer = "test") {
  const chain = new RecordChain({ producer });
  const stream = new AuditStream({ redis, waitReplicas: 0, waitMs: 0 });
  return { write: (entry: AuditEntry) => stream.add([chain.add(entry).text]) };
}

/** All records, once no more come: they come by way of the proxies' disks, a moment after the answers. */
export async function settledRecords(redis: Redis): Promise<AuditRecord[]> {
  for (let length = -1; ; await sleep(100)) {
    const now = await redis.xlen(redisKeys.auditStream);
    if (now === length) break;
    length = now;
  }
  const entries = await redis.xrange(redisKeys.auditStream, "-", "+");
  return entries.map(([, fields]) => JSON.parse(fields[fields.indexOf("d") + 1] ?? "null"));
}
