import { controlOf } from "./control-bytes.ts";
import { JoinedLetters } from "./joined-letters.ts";
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

/** Adds the bytes of a text that are written one by one, in hexadecimal or decimal digits with signs between them. */
export function addSpacedBytes(codes: Uint16Array, length: number, into: JoinedLetters): void {
  const runs = new LetterRuns(codes, leastSpaced).within({ start: 0, end: length }, spacedBytes);
  const hexadecimals = new GatheredBytes(into);
  const decimals = new GatheredBytes(into);
  while (runs.next()) {
    for (let index = runs.start; index < runs.end; index += 1) {
      if (!isDigit(codes, index) || isPrefix(codes, index)) continue;
      let end = index + 1;
      while (end < runs.end && isDigit(codes, end)) end += 1;
      addHexadecimal(codes, index, end, hexadecimals);
      addDecimal(codes, index, end, decimals);
      index = end;
    }
    hexadecimals.end();
    decimals.end();
  }
}

/** Bytes of text, one behind the other: whatever no text holds ends them, since most numbers are none. */
class GatheredBytes {
  readonly #into: JoinedLetters;
  readonly #gathered = new JoinedLetters();
  #lastEnd = 0;
  #groups = 0;

  constructor(into: JoinedLetters) {
    this.#into = into;
  }

  begin(start: number): void {
    if (start - this.#lastEnd > longestGap) this.end();
    this.#groups += 1;
  }

  /** As two letters of hexadecimal, which stood at these places. */
  add(byte: number, first: number, second: number): void {
    if (controlOf[byte] === 1 && byte !== 0) {
      this.end();
      return;
    }
    this.#gathered.add(digits.charCodeAt(byte >> 4), first);
    this.#gathered.add(digits.charCodeAt(byte & 15), second);
    this.#lastEnd = second + 1;
  }

  /** What was gathered is kept where it is long enough, and was not in one piece. */
  end(): void {
    const gathered = this.#gathered;
    if (this.#groups > 1 && gathered.length >= 2 * leastBytes) {
      this.#into.addRun(gathered);
      this.#into.endRun(this.#lastEnd);
    }
    gathered.length = 0;
    this.#groups = 0;
  }
}

function addHexadecimal(codes: Uint16Array, start: number, end: number, into: GatheredBytes): void {
  const count = end - start;
  if (count % 2 !== 0 || count > longestGroup) {
    into.end();
    return;
  }
  const { values } = hexadecimal;
  into.begin(start);
  for (let at = start; at < end; at += 2) {
    const high = values[codes[at] as number] as number;
    into.add(high * 16 + (values[codes[at + 1] as number] as number), at, at + 1);
  }
}

function addDecimal(codes: Uint16Array, start: number, end: number, into: GatheredBytes): void {
  let value = end - start > 3 ? 256 : 0;
  for (let at = start; at < end && value < 256; at += 1) {
    const digit = (codes[at] as number) - zero;
    value = digit > 9 ? 256 : value * 10 + digit;
  }
  if (value > 255) {
    into.end();
    return;
  }
  into.begin(start);
  into.add(value, start, end - 1);
}

function isDigit(codes: Uint16Array, index: number): boolean {
  return ((setsOf[codes[index] as number] as number) & hexadecimal.set) !== 0;
}

/** The zero of `0x`. */
function isPrefix(codes: Uint16Array, index: number): boolean {
  return codes[index] === zero && ((codes[index + 1] as number) | 0x20) === 0x78;
}
