const quote = 0x22;
const backslash = 0x5c;

/** A native search costs more than looking at so many bytes. */
const nearBytes = 32;

/** The index of the quote that ends a string; -1 when it does not end here. It begins with a byte that is not escaped. */
export function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const near = Math.min(at + nearBytes, bytes.length);
    for (; at < near; at += 1) {
      if (bytes[at] === quote) return at;
      if (bytes[at] === backslash) at += 1;
    }
    const end = bytes.indexOf(quote, at);
    if (end < 0 || countBackslashes(bytes, end, at) % 2 === 0) return end;
    at = end + 1;
  }
  return -1;
}

/** How many backslashes stand before a byte, none of them before `from`. An odd number escapes it. */
export function countBackslashes(bytes: Buffer, before: number, from: number): number {
  let count = 0;
  while (before - count > from && bytes[before - count - 1] === backslash) count += 1;
  return count;
}
