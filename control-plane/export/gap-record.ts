import { createHash } from "node:crypto";
import type { AuditRecord } from "../../core/audit/record.ts";
import type { Gap } from "./chain-watch.ts";
import type { StreamEntry } from "./stream-entry.ts";

/** The alarm about a gap, as a record: the same text whenever the gap is seen, so that repeats can be told. */
export function toGapRecord(gap: Gap, shownBy: StreamEntry, group: string): string {
  const { producer, bootId, from, to } = gap;
  const digest = createHash("sha256").update(JSON.stringify([producer, bootId, from, to]));
  const count = to - from + 1;
  const record: AuditRecord = {
    id: `gap-${digest.digest("hex").slice(0, 32)}`,
    time: new Date(Number(shownBy.entryId.split("-")[0]) || 0).toISOString(),
    event: "audit.gap",
    producer: `exporter ${group}`,
    error: { message: `${count} records of ${producer} are missing: ${from} to ${to}` },
    details: { producer, bootId, from: String(from), to: String(to), count: String(count) },
  };
  return JSON.stringify(record);
}
