import type { Span } from "./confirmers.ts";
import type { DecodedText } from "./decoded-text.ts";
import { mayBePacked } from "./unpack.ts";
import { looksWide, wideText } from "./wide-text.ts";

const leastText = 12;
/** No picture has so many printable characters in a row by chance. */
const leastStretch = 16;
/** So much of what is probably no text tells whether it is. */
const sampleLength = 256;

/** Bytes of a run, and where it stands in the original. */
export interface Piece extends Span {
  readonly span: Span;
  /** What the piece before held goes on here. */
  readonly continues: boolean;
}

/** What was found in bytes. */
export interface Readable {
  /** How many texts that have nothing to do with each other. */
  readonly texts: number;
  /** All of it is one text in which nothing is broken, or too short to be one. */
  readonly isSound: boolean;
}

const tooShort: Readable = { texts: 0, isSound: true };
const sound: Readable = { texts: 1, isSound: true };
const broken: Readable = { texts: 1, isSound: false };

/**
 * Puts what can be read in bytes: all of it, where it is text. Otherwise it is a key, a digest or a picture, and what can be read in it is
 * what can be printed.
 */
export function putReadable(decoded: DecodedText, bytes: Uint8Array, piece: Piece): Readable {
  const { start, end, span } = piece;
  const length = end - start;
  if (length < leastText) return tooShort;
  const tolerated = length / 20;
  const strange = strangeIn(bytes, piece, tolerated);
  if (strange > tolerated) return putParts(decoded, bytes, piece);
  decoded.begin(piece.continues);
  if (isAscii(bytes, piece)) decoded.putBytes(bytes, piece, span);
  else decoded.putWhole(utf8Of(bytes, piece), span);
  decoded.end(span);
  return strange === 0 ? sound : broken;
}

function utf8Of(bytes: Uint8Array, { start, end }: Span): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}

/** What is written in two bytes each, or what can be printed. */
function putParts(decoded: DecodedText, bytes: Uint8Array, piece: Piece): Readable {
  const { start, span } = piece;
  const mayBeWide = bytes[start + 2] === 0 || bytes[start + 3] === 0;
  const wide = mayBeWide ? wideText(bytes, piece) : undefined;
  if (wide === undefined) return { texts: putStretches(decoded, bytes, piece), isSound: false };
  decoded.begin(piece.continues);
  decoded.putWhole(wide, span);
  decoded.end(span);
  return sound;
}

/**
 * Whether there may be something to read, or to unpack, in the same bits from this one on. Quicker than decoding it again, and
 * seldom wrong about what is no text.
 */
export function mayBeReadableFrom(bytes: Uint8Array, count: number, bit: number): boolean {
  const shifted: ShiftedBytes = { bytes, skipped: bit >> 3, left: bit & 7 };
  const length = count - shifted.skipped - 1;
  if (length < leastText) return false;
  return (
    mayBePacked(byteAt(shifted, 0)) ||
    isHardlyStrange(shifted, length) ||
    hasStretch(shifted, length) ||
    (beginsWide(shifted) && looksWide((index) => byteAt(shifted, index), length) !== undefined)
  );
}

/** Nothing is asked of most bytes but this. */
function beginsWide(shifted: ShiftedBytes): boolean {
  return byteAt(shifted, 2) === 0 || byteAt(shifted, 3) === 0;
}

interface ShiftedBytes {
  readonly bytes: Uint8Array;
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
  let before = continuing;
  for (let index = 0; index < sampled && left >= 0; index += 1) {
    const kind = kindOf[byteAt(shifted, index)] as number;
    const isBroken = kind === continuing ? before < continuing : before > continuing;
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

/** How many bytes no text holds, or do not make up characters of UTF-8. Counts no further than what is tolerated. */
function strangeIn(bytes: Uint8Array, { start, end }: Span, tolerated: number): number {
  let strange = 0;
  let missing = 0;
  for (let index = start; index < end && strange <= tolerated; index += 1) {
    const kind = kindOf[bytes[index] as number] as number;
    if ((kind | missing) === 0) continue;
    const next = steps[missing * kinds + kind] as number;
    missing = next & 3;
    strange += next >> 2;
  }
  return strange;
}

function isAscii(bytes: Uint8Array, { start, end }: Span): boolean {
  let bits = 0;
  for (let index = start; index < end; index += 1) bits |= bytes[index] as number;
  return bits < 0x80;
}

const kinds = 6;
const continuing = 2;

/** Of bytes: 1 what no text holds, 2 what goes on with a character of UTF-8, 3 to 5 what begins one of two to four bytes. */
const kindOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x80) return byte < 9 || (byte > 13 && byte < 32) || byte === 127 ? 1 : 0;
  if (byte < 0xc0) return continuing;
  if (byte < 0xc2 || byte > 0xf4) return 1;
  if (byte < 0xe0) return 3;
  return byte < 0xf0 ? 4 : 5;
});

/** By how many bytes a character lacks and what comes: how many it lacks then, and behind these two bits how many bytes were strange. */
const steps = Uint8Array.from({ length: 4 * kinds }, (_, index) => {
  const [missing, kind] = [Math.floor(index / kinds), index % kinds];
  if (kind === continuing) return missing > 0 ? missing - 1 : 1 << 2;
  const strange = (missing > 0 ? 1 : 0) + (kind === 1 ? 1 : 0);
  return (strange << 2) | Math.max(0, kind - continuing);
});

/** Looks backward from where a stretch would have to reach: most bytes of a picture are never looked at. Returns how many there were. */
function putStretches(decoded: DecodedText, bytes: Uint8Array, piece: Piece): number {
  const { end, span } = piece;
  let { start, continues } = piece;
  let count = 0;
  while (start + leastStretch <= end) {
    let last = start + leastStretch - 1;
    while (last >= start && isPrintable(bytes[last] as number)) last -= 1;
    if (last < start) {
      last = start + leastStretch;
      while (last < end && isPrintable(bytes[last] as number)) last += 1;
      decoded.begin(continues);
      decoded.putBytes(bytes, { start, end: last }, span);
      decoded.end(span);
      continues = false;
      count += 1;
    }
    start = last + 1;
  }
  return count;
}

function isPrintable(byte: number): boolean {
  return byte >= 32 && byte < 127;
}
