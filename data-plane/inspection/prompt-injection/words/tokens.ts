// What a character is to words: numbers of their own, since they are asked for each character.
const other = 0;
const stop = 1;
const line = 2;
const anyBlank = 3;

const letter = /[a-z0-9\u00b5-\u02ff\u0370-\u1fff\u3040-\uffef]/;
const blank = /\s/;
const apostrophe = 0x27;
const newline = 0x0a;

/** Each unit in lower case, where that is one, too, with one kind of apostrophe. */
export const lowerOf = new Uint16Array(65_536).map((_, code) => lowerOfUnit(code));
/** The same for letters of words. 0: it is none. */
const letterOf = lowerOf.map((code) => (letter.test(String.fromCharCode(code)) ? code : 0));
const kindOf = new Uint8Array(65_536).map((_, code) => kindOfUnit(code));

function lowerOfUnit(code: number): number {
  if (code === 0x2019) return apostrophe;
  const lower = String.fromCharCode(code).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : code;
}

function kindOfUnit(code: number): number {
  const character = String.fromCharCode(code);
  if (".!?;".includes(character)) return stop;
  if (character === "\n") return line;
  return blank.test(character) ? anyBlank : other;
}

/** Whether a unit, in lower case, is a letter of words. */
export function isLetter(code: number): boolean {
  return letterOf[code] !== 0;
}

/** Nobody who writes a text can know it, and so which words have the same number. */
const multiplier = (crypto.getRandomValues(new Uint32Array(1))[0] as number) | 1;

/** Is told of the words of a text in their order. */
export interface TokenSink {
  /** A word, and a number that stands for it in either case. */
  onWord(start: number, end: number, hash: number): void;
  /** The same of a word such as "don't", and where its letters end: those behind the apostrophe are told as a rest. */
  onDenial(start: number, end: number, hash: number): void;
  /** Letters that are no word of their own. */
  onRest(start: number, end: number, hash: number): void;
  /** What is no letter, and was asked for. */
  onSign(at: number, code: number): void;
  /** A sentence ends. A line that ends in the middle of one does not end it. */
  onEnd(at: number): void;
}

/** Which signs are to be told, by their codes. */
export type AskedSigns = Uint8Array;
export const noSigns: AskedSigns = new Uint8Array(65_536);

/** The units of a text: asked one by one they are found several times faster than in the text itself. */
export type Units = Uint16Array;

export const noUnits: Units = new Uint16Array(0);

const shortest = 8_192;
let room = new Uint16Array(shortest);

/** Those of the text before are forgotten. */
export function unitsOf(text: string): Units {
  if (text.length > room.length) room = new Uint16Array(text.length);
  Buffer.from(room.buffer).write(text, "utf16le");
  return room.subarray(0, text.length);
}

/** The same numbers, with as much room behind them. */
export function doubled(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const all = new Int32Array(numbers.length * 2);
  all.set(numbers);
  return all;
}

/** Tells of all words of a text. */
export function forEachToken(units: Units, asked: AskedSigns, sink: TokenSink): void {
  const { length } = units;
  let at = 0;
  while (at < length) {
    const unit = units[at] as number;
    if (letterOf[unit] !== 0) {
      at = readWord(units, at, sink);
      continue;
    }
    if (asked[unit] !== 0) sink.onSign(at, unit);
    const kind = kindOf[unit] as number;
    at = kind === stop || kind === line ? readEnd(units, at, sink) : at + 1;
  }
}

function readWord(units: Units, start: number, sink: TokenSink): number {
  const { length } = units;
  let hash = 0;
  let at = start;
  for (; at < length; at += 1) {
    const letter = letterOf[units[at] as number] as number;
    if (letter === 0) break;
    hash = (Math.imul(hash, multiplier) + letter) | 0;
  }
  if (lowerAt(units, at) === apostrophe && isDenial(units, start, at)) {
    sink.onDenial(start, at, mixed(~hash));
    sink.onRest(at + 1, at + 2, mixed(lowerAt(units, at + 1)));
    return at + 2;
  }
  sink.onWord(start, at, mixed(hash));
  return at;
}

/** Never 0. */
const mixed = (hash: number) => (hash ^ (hash >>> 15)) | 0 || 1;

const shortestDenied = 2;
const longestDenied = 9;

/** "don't" is one word, "dog's" are two. */
function isDenial(units: Units, start: number, at: number): boolean {
  const length = at - start;
  if (length < shortestDenied || length > longestDenied) return false;
  const isNt = lowerAt(units, at - 1) === 0x6e && lowerAt(units, at + 1) === 0x74;
  return isNt && !isLetter(lowerAt(units, at + 2)) && arePlain(units, start, at);
}

/** Whether all are letters from "a" to "z". */
function arePlain(units: Units, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const letter = lowerAt(units, at);
    if (letter < 0x61 || letter > 0x7a) return false;
  }
  return true;
}

/** 0 behind the end. */
function lowerAt(units: Units, at: number): number {
  return at < units.length ? (lowerOf[units[at] as number] as number) : 0;
}

/** Whether these letters, in lower case, stand there in either. */
export function standsAt(units: Units, letters: string, start: number): boolean {
  if (start < 0 || start + letters.length > units.length) return false;
  for (let index = 0; index < letters.length; index += 1) {
    if (lowerOf[units[start + index] as number] !== letters.charCodeAt(index)) return false;
  }
  return true;
}

/** A part of a text in lower case, as words are compared. */
export function loweredIn(units: Units, from: number, to: number): string {
  const letters: number[] = [];
  for (let at = from; at < to; at += 1) letters.push(lowerOf[units[at] as number] as number);
  return String.fromCharCode(...letters);
}

function readEnd(units: Units, at: number, sink: TokenSink): number {
  return units[at] === newline ? readLines(units, at, sink) : readStop(units, at, sink);
}

/** A stop ends a sentence before a blank, or at the end. */
function readStop(units: Units, at: number, sink: TokenSink): number {
  const next = at + 1;
  if (next < units.length && !isBlankAt(units, next)) return next;
  sink.onEnd(at);
  return next + 1;
}

/** So does a line without text, or one that begins an item. */
function readLines(units: Units, at: number, sink: TokenSink): number {
  let lines = 1;
  let next = at + 1;
  for (; next < units.length && isBlankAt(units, next); next += 1) {
    if (units[next] === newline) lines += 1;
  }
  if (endsSentence(lines, lowerAt(units, next))) sink.onEnd(at);
  return next;
}

function isBlankAt(units: Units, at: number): boolean {
  const kind = kindOf[units[at] as number];
  return kind === anyBlank || kind === line;
}

const items: ReadonlySet<number> = new Set(Array.from("*#>|-", (it) => it.charCodeAt(0)));

/** Whether so many breaks of lines before this unit end a sentence. */
export function endsSentence(lines: number, next: number): boolean {
  return lines > 1 || items.has(next);
}
