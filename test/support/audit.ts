import type { Redis } from "ioredis";
import { AuditStream } from "../../core/audit/audit-stream.ts";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import type { AuditEntry } from "../../core/audit/record.ts";

/** Writes records straight into the stream, without a disk. */
export function writeTo(redis: Redis, producer = "test") {
  const chain = new RecordChain({ producer });
  const stream = new AuditStream({ redis, waitReplicas: 0, waitMs: 0 });
  return { write: (entry: AuditEntry) => stream.add([chain.add(entry).text]) };
}
