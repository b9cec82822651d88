import type { Span } from "./confirmers.ts";

/** Letters that stand for bits. */
export interface LetterCode {
  /** As Node calls it that decodes it, too. */
  readonly name?: "base64" | "hex";
  /** As a bit of {@link setsOf}. */
  readonly set: number;
  readonly bitsPerLetter: number;
  /** So many letters stand for so many whole bytes. */
  readonly lettersPerGroup: number;
  readonly bytesPerGroup: number;
  /** What each letter stands for. */
  readonly values: Uint8Array;
}

const lettersOfBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const lettersOfBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Of each character the sets of letters that have it. */
export const setsOf = new Uint8Array(65_536);

/** RFC 4648, section 4 and 5: both alphabets. */
export const base64 = letterCode({ name: "base64", set: 1, bits: 6, group: 4 }, [
  lettersOfBase64,
  lettersOfBase64.replace("+/", "-_"),
]);
export const hexadecimal = letterCode({ name: "hex", set: 2, bits: 4, group: 2 }, [
  "0123456789abcdef",
  "0123456789ABCDEF",
]);
/** RFC 4648, section 6. */
export const base32 = letterCode({ set: 4, bits: 5, group: 8 }, [lettersOfBase32]);
export const lowerBase32 = letterCode({ set: 8, bits: 5, group: 8 }, [
  lettersOfBase32.toLowerCase(),
]);

/** What stands between bytes that are written one by one, such as `69 67`, `69:67` or `0x69, 0x67`, and their digits. */
export const spacedBytes = 16;
for (const letter of "0123456789abcdefABCDEF \t\n\r:,;.-_|xX\"'[]") {
  const code = letter.charCodeAt(0);
  setsOf[code] = (setsOf[code] as number) | spacedBytes;
}

interface Shape {
  readonly name?: "base64" | "hex";
  readonly set: number;
  readonly bits: number;
  /** How many letters stand for whole bytes. */
  readonly group: number;
}

function letterCode(
  { set, bits, group, ...named }: Shape,
  alphabets: readonly string[],
): LetterCode {
  const values = new Uint8Array(128);
  for (const alphabet of alphabets) {
    for (const [value, letter] of [...alphabet].entries()) {
      const code = letter.charCodeAt(0);
      values[code] = value;
      setsOf[code] = (setsOf[code] as number) | set;
    }
  }
  const bytesPerGroup = (group * bits) / 8;
  return { ...named, set, bitsPerLetter: bits, lettersPerGroup: group, bytesPerGroup, values };
}

/** Writes the bytes that letters stand for. Returns how many there are; bits that make up none are left out. */
export function decodeLetters(
  codes: Uint16Array,
  letters: Span,
  code: LetterCode,
  into: Uint8Array,
): number {
  if (code === base64) return decodeBase64(codes, letters, into);
  if (code === hexadecimal) return decodeHexadecimal(codes, letters, into);
  return decodeBits(codes, { ...letters, to: 0 }, code, into);
}

/** Group by group: several times as fast as letter by letter. */
function decodeBase64(codes: Uint16Array, { start, end }: Span, into: Uint8Array): number {
  const { values } = base64;
  let to = 0;
  let index = start;
  for (; index + 4 <= end; index += 4) {
    const bits =
      ((values[codes[index] as number] as number) << 18) |
      ((values[codes[index + 1] as number] as number) << 12) |
      ((values[codes[index + 2] as number] as number) << 6) |
      (values[codes[index + 3] as number] as number);
    into[to] = bits >> 16;
    into[to + 1] = bits >> 8;
    into[to + 2] = bits;
    to += 3;
  }
  return decodeBits(codes, { start: index, end, to }, base64, into);
}

function decodeHexadecimal(codes: Uint16Array, { start, end }: Span, into: Uint8Array): number {
  const { values } = hexadecimal;
  let to = 0;
  for (let index = start; index + 2 <= end; index += 2) {
    const high = values[codes[index] as number] as number;
    into[to] = (high << 4) | (values[codes[index + 1] as number] as number);
    to += 1;
  }
  return to;
}

interface Target extends Span {
  /** Where the first byte is written. */
  readonly to: number;
}

function decodeBits(
  codes: Uint16Array,
  { start, end, to }: Target,
  { bitsPerLetter, values }: LetterCode,
  into: Uint8Array,
): number {
  let length = to;
  let bits = 0;
  let count = 0;
  for (let index = start; index < end; index += 1) {
    bits = ((bits << bitsPerLetter) | (values[codes[index] as number] as number)) & 0xffff;
    count += bitsPerLetter;
    if (count >= 8) {
      count -= 8;
      into[length] = bits >> count;
      length += 1;
    }
  }
  return length;
}
