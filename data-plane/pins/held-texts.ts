import type { PinRecord } from "../../core/pins/pin-record.ts";

/** Only of definitions that the records hold. */
export function heldTexts(
  records: readonly PinRecord[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const held = new Set(records.flatMap(({ variants }) => variants.map(({ digest }) => digest)));
  return new Map([...texts].filter(([digest]) => held.has(digest)));
}
