/** An escape that stands somewhere: how long it is, and what character it stands for. In one number, since texts hold many. */
export type Escape = number;

export const noEscape: Escape = 0;

const bitsOfPoint = 21;
const lastPoint = 0x10ffff;
/** What an escape stands for that stands for nothing: the end of a line that goes on. */
export const noPoint = 2 ** bitsOfPoint - 1;
const replacement = 0xfffd;

const percent = 0x25;
const ampersand = 0x26;
const equalsSign = 0x3d;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** Characters between two escapes of quoted-printable, in a text that has them. */
const reachOfQuoted = 24;
const backslash = 0x5c;

export function lengthOf(found: Escape): number {
  return found >>> bitsOfPoint;
}

export function pointOf(found: Escape): number {
  return found & noPoint;
}

/** What an escape may begin with, and what may go on with it. */
const beginnings: Readonly<Record<string, string>> = {
  "%": "0123456789abcdefABCDEFuU",
  "\\": "uxU01",
  "&": "#",
  "=": "0123456789abcdefABCDEF\r\n",
};
export const signsOfEscapes = Object.keys(beginnings);

/** Of each sign its bit. */
const bitOf = new Uint8Array(65_536);
/** Of each character the bits of the signs that it may go on with: most signs in texts begin no escape. */
const goesOnWith = new Uint8Array(65_536);
for (const [index, [sign, following]] of Object.entries(beginnings).entries()) {
  bitOf[sign.charCodeAt(0)] = 1 << index;
  for (const it of following) {
    const code = it.charCodeAt(0);
    goesOnWith[code] = (goesOnWith[code] as number) | (1 << index);
  }
}

/** Quicker than to read it. Zeros stand behind the text. */
export function mayBeginAt(codes: Uint16Array, at: number): boolean {
  const bit = bitOf[codes[at] as number] as number;
  return bit !== 0 && (bit & (goesOnWith[codes[at + 1] as number] as number)) !== 0;
}

/** The escape that begins here: percent (with UTF-8), backslash (`u`, `U`, `x`, octal), the number of an entity, or quoted-printable. Zeros stand behind the text. */
export function escapeAt(codes: Uint16Array, at: number): Escape {
  const code = codes[at] as number;
  if (code === percent) return percentAt(codes, at);
  if (code === backslash) return backslashAt(codes, at);
  if (code === ampersand) return entityAt(codes, at);
  return code === equalsSign ? quotedAt(codes, at) : noEscape;
}

function escapeOf(length: number, point: number): Escape {
  return point <= lastPoint ? (length << bitsOfPoint) | point : noEscape;
}

function percentAt(codes: Uint16Array, at: number): Escape {
  const byte = byteAt(codes, at);
  if (byte < 0) return wideAt(codes, at);
  return byte < 0x80 ? escapeOf(3, byte) : utf8At(codes, at, percent);
}

/** A character of several bytes, each behind a sign. What is no UTF-8 stands for no character. What is longer than it needs to be is read: some servers do so. */
function utf8At(codes: Uint16Array, at: number, sign: number): Escape {
  const byte = byteAt(codes, at);
  const following = followingOf(byte);
  let point = byte & (0x3f >> following);
  for (let count = 1; count <= following; count += 1) {
    const next = (codes[at + 3 * count] as number) === sign ? byteAt(codes, at + 3 * count) : -1;
    if ((next & 0xc0) !== 0x80 || next < 0) return escapeOf(3, replacement);
    point = (point << 6) | (next & 0x3f);
  }
  const isCharacter = following > 0 && point <= lastPoint;
  return isCharacter ? escapeOf(3 + 3 * following, point) : escapeOf(3, replacement);
}

/** How many bytes follow the first one of a character of UTF-8. */
function followingOf(byte: number): number {
  if (byte < 0xc0 || byte >= 0xf8) return 0;
  if (byte < 0xe0) return 1;
  return byte < 0xf0 ? 2 : 3;
}

/** As old servers of Windows write it: %u000a. */
function wideAt(codes: Uint16Array, at: number): Escape {
  if (((codes[at + 1] as number) | 0x20) !== 0x75) return noEscape;
  const number = numberAt(codes, at + 2, 16, 4);
  return digitsIn(number) === 4 ? escapeOf(6, meaningOf(number)) : noEscape;
}

/** Of the percent escape that stands here. Negative: there is none. */
function byteAt(codes: Uint16Array, at: number): number {
  const high = digitAt(codes, at + 1);
  const low = digitAt(codes, at + 2);
  return (high | low) < 0 ? -1 : high * 16 + low;
}

function backslashAt(codes: Uint16Array, at: number): Escape {
  const letter = codes[at + 1] as number;
  if (letter === 0x75) return hexadecimalAt(codes, at, 4);
  if (letter === 0x78) return hexadecimalAt(codes, at, 2);
  if (letter === 0x55) return hexadecimalAt(codes, at, 8);
  return letter === 0x30 || letter === 0x31 ? octalAt(codes, at) : noEscape;
}

/** With as many digits as the letter asks for, fewer where no more stand there, or any in braces. */
function hexadecimalAt(codes: Uint16Array, at: number, digits: number): Escape {
  const isBraced = (codes[at + 2] as number) === 0x7b;
  const from = isBraced ? at + 3 : at + 2;
  const number = numberAt(codes, from, 16, isBraced ? 8 : digits);
  const count = digitsIn(number);
  if (count === 0 || (!isBraced && count < 2)) return noEscape;
  const closes = isBraced && (codes[from + count] as number) === 0x7d;
  return escapeOf(from + count + (closes ? 1 : 0) - at, meaningOf(number));
}

/** Of printable ASCII only: what else begins with a backslash and digits are names of files, and colours of terminals. */
function octalAt(codes: Uint16Array, at: number): Escape {
  const number = numberAt(codes, at + 1, 8, 3);
  const value = meaningOf(number);
  return digitsIn(number) === 3 && value >= 0x20 && value < 0x7f ? escapeOf(4, value) : noEscape;
}

function entityAt(codes: Uint16Array, at: number): Escape {
  if ((codes[at + 1] as number) !== 0x23) return noEscape;
  const isHex = ((codes[at + 2] as number) | 0x20) === 0x78;
  const from = isHex ? at + 3 : at + 2;
  const number = numberAt(codes, from, isHex ? 16 : 10, 10);
  const count = digitsIn(number);
  if (count === 0) return noEscape;
  const closes = (codes[from + count] as number) === 0x3b;
  return escapeOf(from + count + (closes ? 1 : 0) - at, meaningOf(number));
}

/**
 * Quoted-printable (RFC 2045, section 6.7). Numbers stand behind equals signs everywhere, so the byte must be one of text, and another
 * escape must be near.
 */
function quotedAt(codes: Uint16Array, at: number): Escape {
  const length = lengthOfSoftBreak(codes, at);
  if (length > 0) return (length << bitsOfPoint) | noPoint;
  const byte = quotedByteAt(codes, at);
  if (byte < 0 || !hasQuotedNear(codes, at)) return noEscape;
  if (byte < 0x80) return escapeOf(3, byte);
  return utf8At(codes, at, equalsSign);
}

/** Not behind another equals sign, which is a rule beneath a heading. */
function lengthOfSoftBreak(codes: Uint16Array, at: number): number {
  if (codes[at - 1] === equalsSign) return 0;
  if (codes[at + 1] === lineFeed) return 2;
  return codes[at + 1] === carriageReturn && codes[at + 2] === lineFeed ? 3 : 0;
}

function hasQuotedNear(codes: Uint16Array, at: number): boolean {
  for (let distance = 3; distance <= reachOfQuoted; distance += 1) {
    if (isQuotedAt(codes, at + distance) || (at >= distance && isQuotedAt(codes, at - distance)))
      return true;
  }
  return false;
}

function isQuotedAt(codes: Uint16Array, at: number): boolean {
  return (
    codes[at] === equalsSign && (quotedByteAt(codes, at) >= 0 || lengthOfSoftBreak(codes, at) > 0)
  );
}

/** Of what text is made of. Negative: none stands here. */
function quotedByteAt(codes: Uint16Array, at: number): number {
  const byte = byteAt(codes, at);
  const isText = byte >= 0x20 ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13;
  return isText ? byte : -1;
}

/** How many digits stand somewhere, and what they mean: in one number. */
type Digits = number;

const bitsOfCount = 4;
const countMask = 0xf;
/** Whatever is more than that is no character. */
const tooMuch = lastPoint + 1;

function digitsIn(number: Digits): number {
  return number & countMask;
}

function meaningOf(number: Digits): number {
  return number >> bitsOfCount;
}

/** `most`: fewer than 16. */
function numberAt(codes: Uint16Array, from: number, base: number, most: number): Digits {
  let value = 0;
  let count = 0;
  for (; count < most; count += 1) {
    const digit = digitAt(codes, from + count);
    if (digit < 0 || digit >= base) break;
    value = value * base + digit;
    if (value > tooMuch) value = tooMuch;
  }
  return (value << bitsOfCount) | count;
}

function digitAt(codes: Uint16Array, at: number): number {
  const code = codes[at] as number;
  return code < 128 ? (digitOf[code] as number) : -1;
}

const digitOf = new Int8Array(128).fill(-1);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  digitOf[digit.charCodeAt(0)] = value;
  digitOf[digit.toUpperCase().charCodeAt(0)] = value;
}
