import type { Span } from "./confirmers.ts";

const leastBytes = 24;
/** So many bytes tell whether each second one is zero. */
const sampleLength = 32;

/** Whether most of each second byte is zero, and hardly any other: Latin letters of UTF-16. "high" comes first in big-endian. */
export function looksWide(
  byteAt: (index: number) => number,
  length: number,
): "low first" | "high first" | undefined {
  if (length < leastBytes) return undefined;
  const sampled = Math.min(length & ~1, sampleLength);
  let [even, odd] = [0, 0];
  for (let index = 0; index < sampled; index += 2) {
    if (byteAt(index) === 0) even += 1;
    if (byteAt(index + 1) === 0) odd += 1;
  }
  const [most, few] = [(sampled * 3) / 8, sampled / 16];
  if (odd >= most && even <= few) return "low first";
  return even >= most && odd <= few ? "high first" : undefined;
}

/** The text that is written in UTF-16, of Latin letters for the most part. Undefined: there is none. */
export function wideText(bytes: Uint8Array, { start, end }: Span): string | undefined {
  const order = looksWide((index) => bytes[start + index] as number, end - start);
  if (order === undefined) return undefined;
  const units = Buffer.from(bytes.subarray(start, start + ((end - start) & ~1)));
  if (order === "high first") units.swap16();
  const text = units.toString("utf16le");
  return strangeIn(text) * 20 <= text.length ? text : undefined;
}

function strangeIn(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 9 || (code > 13 && code < 32) || code === 127) count += 1;
  }
  return count;
}
