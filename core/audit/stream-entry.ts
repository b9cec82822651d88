import type { ChainedRecord } from "./record-chain.ts";

/** What an entry of the audit stream holds (core/redis/keys.ts). */
export function streamFieldsOf(record: ChainedRecord): string[] {
  const { id, producer, bootId, sequence, text } = record;
  return ["id", id, "p", producer, "b", bootId, "s", String(sequence), "d", text];
}
