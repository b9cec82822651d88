const mayBeHalf = /\\u[dD][89a-fA-F]/;
const escaped = /\\(?:u([0-9a-fA-F]{4})|[\s\S])/g;

/** Whether JSON as it is written holds an escape of half a surrogate pair: no character, of which each parser makes another. */
export function holdsHalfPair(text: string): boolean {
  if (!mayBeHalf.test(text)) return false;
  /** Where the half of a pair ended that waits for the other one. */
  let waiting: number | undefined;
  for (const {
    0: { length },
    1: digits = "",
    index,
  } of text.matchAll(escaped)) {
    const code = Number.parseInt(digits, 16);
    const isLow = code >= 0xdc00 && code <= 0xdfff;
    if (isLow !== (waiting === index)) return true;
    waiting = code >= 0xd800 && code <= 0xdbff ? index + length : undefined;
    if (isLow) waiting = undefined;
  }
  return waiting !== undefined;
}

/** JSON in which U+FFFD stands for each half of a surrogate pair. */
export function writeWhole(value: unknown): string {
  const text = JSON.stringify(value);
  return text !== undefined && mayBeHalf.test(text) ? JSON.stringify(value, withoutHalves) : text;
}

/** For JSON.stringify. */
function withoutHalves(_: string, value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (keys.every((key) => key.isWellFormed())) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key.toWellFormed(), it]));
}
