import { controlOf } from "./control-bytes.ts";
import type { JoinedLetters } from "./joined-letters.ts";
import { hexadecimal, setsOf, spacedBytes } from "./letter-codes.ts";
import { LetterRuns } from "./letter-runs.ts";

const leastBytes = 12;
/** "69 67 " twelve times, but for the end. */
export const leastSpaced = 3 * leastBytes - 1;
/** Such as `", "` with a line end. More is between what has nothing to do with each other. */
const longestGap = 6;
/** Digits of a group: such as `xxd` and `od` write them. */
const longestGroup = 16;

const zero = 0x30;
const digits = "0123456789abcdef";
const noByte = 256;

/** Adds the bytes of a text that are written one by one, in hexadecimal or decimal digits with signs between them. */
export function addSpacedBytes(codes: Uint16Array, length: number, into: JoinedLetters): void {
  const runs = new LetterRuns(codes, leastSpaced).within({ start: 0, end: length }, spacedBytes);
  const hexadecimals = new HexadecimalBytes(codes, into);
  const decimals = new DecimalBytes(codes, into);
  while (runs.next()) {
    for (let start = nextGroup(codes, runs.start, runs.end); start < runs.end; ) {
      const end = endOfGroup(codes, start, runs.end);
      hexadecimals.take(start, end);
      decimals.take(start, end);
      start = nextGroup(codes, end, runs.end);
    }
    hexadecimals.run.end();
    decimals.run.end();
  }
}

/** Where the next digits begin, or the end. */
function nextGroup(codes: Uint16Array, from: number, to: number): number {
  const [sets, digit] = [setsOf, hexadecimal.set];
  let at = from;
  while (at < to && (((sets[codes[at] as number] as number) & digit) === 0 || isPrefix(codes, at)))
    at += 1;
  return at;
}

function endOfGroup(codes: Uint16Array, start: number, to: number): number {
  const [sets, digit] = [setsOf, hexadecimal.set];
  let end = start + 1;
  while (end < to && ((sets[codes[end] as number] as number) & digit) !== 0) end += 1;
  return end;
}

/** The zero of `0x`. */
function isPrefix(codes: Uint16Array, index: number): boolean {
  return codes[index] === zero && ((codes[index + 1] as number) | 0x20) === 0x78;
}

/** Bytes of text, one behind the other: whatever no text holds ends them, since most numbers are none. They are counted first, and written only where they are many. */
class ByteRun {
  readonly #write: (start: number, end: number) => void;
  #start = 0;
  #end = 0;
  #bytes = 0;
  #groups = 0;

  constructor(write: (start: number, end: number) => void) {
    this.#write = write;
  }

  begin(start: number): void {
    if (start - this.#end > longestGap) this.end();
    this.#groups += 1;
  }

  /** Whose digits stand there. */
  add(byte: number, start: number, end: number): void {
    if (controlOf[byte] === 1 && byte !== 0) {
      this.end();
      return;
    }
    if (this.#bytes === 0) this.#start = start;
    this.#bytes += 1;
    this.#end = end;
  }

  /** What was counted is written where it is long enough, and was not in one piece. */
  end(): void {
    if (this.#groups > 1 && this.#bytes >= leastBytes) this.#write(this.#start, this.#end);
    this.#bytes = 0;
    this.#groups = 0;
  }
}

/** Two digits each, one or more in a group. */
class HexadecimalBytes {
  readonly run: ByteRun;
  readonly #codes: Uint16Array;

  constructor(codes: Uint16Array, into: JoinedLetters) {
    this.#codes = codes;
    this.run = new ByteRun((start, end) => addHexadecimal(codes, { start, end }, into));
  }

  take(start: number, end: number): void {
    const { run } = this;
    if ((end - start) % 2 !== 0 || end - start > longestGroup) {
      run.end();
      return;
    }
    run.begin(start);
    for (let at = start; at < end; at += 2) run.add(hexadecimalAt(this.#codes, at), at, at + 2);
  }
}

function hexadecimalAt(codes: Uint16Array, at: number): number {
  const { values } = hexadecimal;
  const high = values[codes[at] as number] as number;
  return high * 16 + (values[codes[at + 1] as number] as number);
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

function addHexadecimal(codes: Uint16Array, { start, end }: Stretch, into: JoinedLetters): void {
  for (let group = start; group < end; ) {
    const groupEnd = endOfGroup(codes, group, end);
    for (let at = group; at < groupEnd; at += 2) {
      addByte(hexadecimalAt(codes, at), { start: at, end: at + 2 }, into);
    }
    group = nextGroup(codes, groupEnd, end);
  }
  into.endRun(end);
}

/** Up to three digits, one in a group. */
class DecimalBytes {
  readonly run: ByteRun;
  readonly #codes: Uint16Array;

  constructor(codes: Uint16Array, into: JoinedLetters) {
    this.#codes = codes;
    this.run = new ByteRun((start, end) => addDecimal(codes, { start, end }, into));
  }

  take(start: number, end: number): void {
    const byte = decimalAt(this.#codes, start, end);
    if (byte === noByte) {
      this.run.end();
      return;
    }
    this.run.begin(start);
    this.run.add(byte, start, end);
  }
}

function decimalAt(codes: Uint16Array, start: number, end: number): number {
  if (end - start > 3) return noByte;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (codes[at] as number) - zero;
    if (digit > 9) return noByte;
    value = value * 10 + digit;
  }
  return Math.min(value, noByte);
}

function addDecimal(codes: Uint16Array, { start, end }: Stretch, into: JoinedLetters): void {
  for (let group = start; group < end; ) {
    const groupEnd = endOfGroup(codes, group, end);
    addByte(decimalAt(codes, group, groupEnd), { start: group, end: groupEnd }, into);
    group = nextGroup(codes, groupEnd, end);
  }
  into.endRun(end);
}

/** As two letters of hexadecimal, at the first and the last place of its digits. */
function addByte(byte: number, { start, end }: Stretch, into: JoinedLetters): void {
  into.add(digits.charCodeAt(byte >> 4), start);
  into.add(digits.charCodeAt(byte & 15), end - 1);
}
