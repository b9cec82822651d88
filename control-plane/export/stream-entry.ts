/** An entry of the audit stream (core/redis/keys.ts). */
export interface StreamEntry {
  readonly entryId: string;
  /** The record as JSON. */
  readonly text: string;
  readonly producer: string;
  readonly bootId: string;
  /** 0 where the entry does not say. */
  readonly sequence: number;
}

/** Never throws: anybody may have added the entry. */
export function toStreamEntry([entryId, fields]: readonly [
  string,
  readonly string[],
]): StreamEntry {
  const named = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    named.set(fields[index] ?? "", fields[index + 1] ?? "");
  }
  const sequence = Number(named.get("s") ?? 0);
  return {
    entryId,
    text: named.get("d") ?? "",
    producer: named.get("p") ?? "",
    bootId: named.get("b") ?? "",
    sequence: Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0,
  };
}
