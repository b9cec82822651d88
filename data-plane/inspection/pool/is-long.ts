/** Shorter values take less time than a thread would make them wait. */
const leastBytes = 256 * 1_024;
/** What a value that is no text, a key or a bracket stands for. */
const bytesOfNode = 8;

/** Whether JSON as it is written is long. */
export function isLongText(written: Buffer | string): boolean {
  if (written.length >= leastBytes) return true;
  // No character of a string has more than three bytes.
  const mayBeLong = typeof written === "string" && written.length * 3 >= leastBytes;
  return mayBeLong && Buffer.byteLength(written) >= leastBytes;
}

/** Whether a JSON value is long, about. Ends where that is known. */
export function isLongValue(value: unknown): boolean {
  let bytes = 0;
  const left: unknown[] = [value];
  while (left.length > 0 && bytes < leastBytes) {
    const next = left.pop();
    bytes += typeof next === "string" ? next.length : bytesOfNode;
    if (typeof next !== "object" || next === null) continue;
    for (const [key, inner] of Object.entries(next)) {
      bytes += key.length;
      left.push(inner);
    }
  }
  return bytes >= leastBytes;
}
