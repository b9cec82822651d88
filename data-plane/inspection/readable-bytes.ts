import { mayBePacked } from "./unpack.ts";

const leastText = 12;
/** No picture has so many printable characters in a row by chance. */
const leastStretch = 16;
/** So much of what is probably no text tells whether it is. */
const sampleLength = 256;

/** What can be read in bytes. */
export interface Readable {
  readonly texts: readonly string[];
  /** All of it is one text in which nothing is broken, or too short to be one. */
  readonly isSound: boolean;
}

/** All of it, where it is text. Otherwise it is a key, a digest or a picture, and what can be read in it is what can be printed. */
export function readableIn(bytes: Buffer): Readable {
  if (bytes.length < leastText) return { texts: [], isSound: true };
  const strange = strangeIn(bytes);
  const tolerated = bytes.length / 20;
  if (strange > tolerated) return { texts: stretchesOf(bytes), isSound: false };
  const text = bytes.toString("utf8");
  const broken = text.length === bytes.length ? 0 : text.split("\ufffd").length - 1;
  if (broken > tolerated) return { texts: stretchesOf(bytes), isSound: false };
  return { texts: [text], isSound: strange + broken === 0 };
}

/** The same, of bytes that are most probably no text. */
export function unlikelyReadableIn(bytes: Buffer): Readable {
  const sample = bytes.subarray(0, sampleLength);
  if (strangeIn(sample) <= sample.length / 20) return readableIn(bytes);
  return { texts: stretchesOf(bytes), isSound: false };
}

/**
 * Whether there may be something to read, or to unpack, in the same bits from this one on. Quicker than decoding it again, and
 * seldom wrong about what is no text.
 */
export function mayBeReadableFrom(bytes: Buffer, bit: number): boolean {
  const shifted: ShiftedBytes = { bytes, skipped: bit >> 3, left: bit & 7 };
  const length = bytes.length - shifted.skipped - 1;
  const first = byteAt(shifted, 0);
  return mayBePacked(first) || isHardlyStrange(shifted, length) || hasStretch(shifted, length);
}

interface ShiftedBytes {
  readonly bytes: Buffer;
  readonly skipped: number;
  readonly left: number;
}

function byteAt({ bytes, skipped, left }: ShiftedBytes, index: number): number {
  const at = index + skipped;
  return (((bytes[at] as number) << left) | ((bytes[at + 1] as number) >> (8 - left))) & 0xff;
}

/** Stricter than the look at all bytes: characters of UTF-8 must be whole. Text passes, and most else does not get far. */
function isHardlyStrange(shifted: ShiftedBytes, length: number): boolean {
  const sampled = Math.min(length, sampleLength);
  let left = Math.max(1, sampled / 20);
  let before = 3;
  for (let index = 0; index < sampled && left >= 0; index += 1) {
    const kind = kindOf[byteAt(shifted, index)] as number;
    const isBroken = kind === 3 ? before < 2 : before === 2;
    if (kind === 1 || isBroken) left -= 1;
    before = kind;
  }
  return left >= 0;
}

/** Up to three bytes of the last letters are missing. */
function hasStretch(shifted: ShiftedBytes, length: number): boolean {
  const least = leastStretch - 3;
  for (let start = 0; start + least <= length; ) {
    let last = start + least - 1;
    while (last >= start && isPrintable(byteAt(shifted, last))) last -= 1;
    if (last < start) return true;
    start = last + 1;
  }
  return false;
}

/** How many bytes no text holds, or do not make up characters of UTF-8. */
function strangeIn(bytes: Buffer): number {
  const counts = [0, 0, 0, 0];
  for (let index = 0; index < bytes.length; index += 1) {
    const kind = kindOf[bytes[index] as number] as number;
    counts[kind] = (counts[kind] as number) + 1;
  }
  const [, strange = 0, leading = 0, following = 0] = counts;
  return Math.max(strange, leading - following, following - leading * 3);
}

/** Of bytes: 1 what no text holds, 2 what begins a character of UTF-8, 3 what goes on with one. */
const kindOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return byte < 0xc0 ? 3 : 2;
  return byte < 9 || (byte > 13 && byte < 32) || byte === 127 ? 1 : 0;
});

/** Looks backward from where a stretch would have to reach: most bytes of a picture are never looked at. */
function stretchesOf(bytes: Buffer): readonly string[] {
  const stretches: string[] = [];
  let start = 0;
  while (start + leastStretch <= bytes.length) {
    let last = start + leastStretch - 1;
    while (last >= start && isPrintable(bytes[last] as number)) last -= 1;
    if (last < start) {
      last = start + leastStretch;
      while (last < bytes.length && isPrintable(bytes[last] as number)) last += 1;
      stretches.push(bytes.toString("latin1", start, last));
    }
    start = last + 1;
  }
  return stretches;
}

function isPrintable(byte: number): boolean {
  return byte >= 32 && byte < 127;
}
