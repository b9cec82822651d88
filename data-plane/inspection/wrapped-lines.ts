import type { JoinedLetters } from "./joined-letters.ts";
import { base32, base64, decodeLetters, lowerBase32, setsOf } from "./letter-codes.ts";
import { isWrittenLineEnd, leastRun } from "./letter-runs.ts";
import { beginsPacked } from "./unpack.ts";

export const shortestLine = 4;
const longestLine = 1_024;
const lineFeed = 0x0a;
const backslash = 0x5c;
const letterOfLineEnd = 0x6e;
const nearby = 32;
/** Two lines of letters of which the second is shorter are words for the most part, if they are short. */
export const longestOfOne = 12;

/** What it stands for. */
const firstLine = new Uint8Array(longestLine);

interface CodedText {
  readonly text: string;
  readonly codes: Uint16Array;
}

/**
 * Adds letters that were wrapped: what ends a line and begins the next, in lines of one length, the last of which may be shorter. Not those
 * that are read line by line: long lines of whole groups, unless they are packed.
 */
export function addWrappedLines(coded: CodedText, into: JoinedLetters): void {
  addLines(coded, nextLineEnd, 1, into);
  addLines(coded, nextWrittenLineEnd, 2, into);
}

type FindLineEnd = (coded: CodedText, from: number) => number;

function addLines(
  coded: CodedText,
  nextEnd: FindLineEnd,
  lengthOfEnd: number,
  into: JoinedLetters,
): void {
  const { length } = coded.text;
  const block = new Block(coded.codes, into);
  let end = nextEnd(coded, 0);
  if (end === length) return;
  for (let start = 0; start < length; end = nextEnd(coded, start)) {
    if (block.isBegun || end - start >= shortestLine) block.addLine(start, end);
    start = end + lengthOfEnd;
  }
  block.end();
}

/** The end of the text, where there is none. */
function nextLineEnd(coded: CodedText, from: number): number {
  return nextUnit(coded, { unit: lineFeed, character: "\n" }, from);
}

/** One that was encoded twice. */
function nextWrittenLineEnd(coded: CodedText, from: number): number {
  const { codes, text } = coded;
  let at = nextUnit(coded, { unit: backslash, character: "\\" }, from);
  while (at < text.length && codes[at + 1] !== letterOfLineEnd) {
    at = nextUnit(coded, { unit: backslash, character: "\\" }, at + 1);
  }
  return at;
}

interface Sought {
  readonly unit: number;
  readonly character: string;
}

/** So near they are looked at one by one: the search of strings is slow where there are many. */
function nextUnit({ text, codes }: CodedText, { unit, character }: Sought, from: number): number {
  const near = Math.min(text.length, from + nearby);
  let at = from;
  while (at < near && codes[at] !== unit) at += 1;
  if (at < near) return at;
  const found = text.indexOf(character, near);
  return found < 0 ? text.length : found;
}

/** Letters that may have been one line. Texts have many lines, and nearly none of them is such: nothing is made for each. */
class Block {
  readonly #codes: Uint16Array;
  readonly #into: JoinedLetters;
  /** Where the letters of each line begin and end: so many of them. */
  readonly #borders: number[] = [];
  #count = 0;
  /** Of the letters in each line but the last. */
  #length = 0;

  constructor(codes: Uint16Array, into: JoinedLetters) {
    this.#codes = codes;
    this.#into = into;
  }

  get isBegun(): boolean {
    return this.#length > 0;
  }

  addLine(start: number, end: number): void {
    const codes = this.#codes;
    const first = behindBlanks(codes, start, end);
    const last = beforeBlanks(codes, first, end);
    if (this.#length > 0 && this.#goesOn(first, last)) return;
    const tail = startOfLetters(codes, Math.max(first, last - longestLine), last);
    if (last - tail < shortestLine) return;
    this.#add(tail, last);
    this.#length = last - tail;
  }

  #add(start: number, end: number): void {
    this.#borders[this.#count] = start;
    this.#borders[this.#count + 1] = end;
    this.#count += 2;
  }

  /** Whether all of the line is of the same letters, so that the next may be, too. */
  #goesOn(first: number, last: number): boolean {
    const head = endOfLetters(this.#codes, first, Math.min(last, first + this.#length + 1));
    const length = head - first;
    if (length > 0 && length <= this.#length) this.#add(first, head);
    if (length === this.#length && head === last) return true;
    this.end();
    return false;
  }

  end(): void {
    if (this.#count > 2 && this.#isToBeRead()) {
      for (let line = 0; line < this.#count; line += 2) {
        const end = this.#borders[line + 1] as number;
        for (let at = this.#borders[line] as number; at < end; at += 1) {
          this.#into.add(this.#codes[at] as number, at);
        }
      }
      this.#into.endRun(this.#borders[this.#count - 1] as number);
    }
    this.#count = 0;
    this.#length = 0;
  }

  #isToBeRead(): boolean {
    const lines = this.#count / 2;
    const [start = 0, end = 0] = this.#borders;
    const last =
      (this.#borders[this.#count - 1] as number) - (this.#borders[this.#count - 2] as number);
    if (this.#length * (lines - 1) + last < leastRun) return false;
    if (this.#length < leastRun) return lines > 2 || this.#length >= longestOfOne;
    const groups = isBase32(this.#codes, start, end) ? base32 : base64;
    if (this.#length % groups.lettersPerGroup !== 0) return true;
    const length = decodeLetters(this.#codes, { start, end }, groups, firstLine);
    return beginsPacked(firstLine.subarray(0, length));
  }
}

/** Four letters at once: lines of them may be most of a text. */
function endOfLetters(codes: Uint16Array, start: number, end: number): number {
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const sets =
      (setsOf[codes[at] as number] as number) &
      (setsOf[codes[at + 1] as number] as number) &
      (setsOf[codes[at + 2] as number] as number) &
      (setsOf[codes[at + 3] as number] as number);
    if ((sets & base64.set) === 0) break;
  }
  while (at < end && isLetter(codes, at)) at += 1;
  return at;
}

function startOfLetters(codes: Uint16Array, start: number, end: number): number {
  let at = end;
  while (at > start && isLetter(codes, at - 1)) at -= 1;
  return at;
}

function isLetter(codes: Uint16Array, at: number): boolean {
  return ((setsOf[codes[at] as number] as number) & base64.set) !== 0;
}

function isBase32(codes: Uint16Array, start: number, end: number): boolean {
  let sets = base32.set | lowerBase32.set;
  for (let at = start; at < end && sets !== 0; at += 1) {
    sets &= setsOf[codes[at] as number] as number;
  }
  return sets !== 0;
}

function behindBlanks(codes: Uint16Array, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(codes[at] as number)) at += 1;
  return at;
}

function beforeBlanks(codes: Uint16Array, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(codes[at - 1] as number)) at -= 1;
  return at > start + 1 && isWrittenLineEnd(codes, at - 2) ? at - 2 : at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}
