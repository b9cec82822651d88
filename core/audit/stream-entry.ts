import type { AuditRecord } from "./record.ts";

/** Whether an entry stands before another in the stream. */
export function isBefore(one: string, other: string): boolean {
  const [ms = "0", counter = "0"] = one.split("-");
  const [otherMs = "0", otherCounter = "0"] = other.split("-");
  if (ms !== otherMs) return BigInt(ms) < BigInt(otherMs);
  return BigInt(counter) < BigInt(otherCounter);
}

/**
 * The record of an entry: its field `d`. An entry with other fields than ours is shown whole instead, which is no record: its consumers
 * might take the second `d`, or believe an `id` that is another record's and drop it as a repeat.
 */
export function recordIn(fields: readonly string[]): string {
  const names = fields.filter((_, index) => index % 2 === 0).join(" ");
  const [, id, , text = "", , producer, , bootId, , sequence] = fields;
  if (names !== "id d p b s") return JSON.stringify(fields);
  const record = parse(text);
  const isOurs =
    record?.id === id &&
    record?.producer === producer &&
    record?.bootId === bootId &&
    String(record?.sequence) === sequence;
  return isOurs ? text : JSON.stringify(fields);
}

function parse(text: string): Partial<AuditRecord> | null {
  try {
    return JSON.parse(text) as Partial<AuditRecord> | null;
  } catch {
    return null;
  }
}
