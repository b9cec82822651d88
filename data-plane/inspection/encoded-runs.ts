import type { Span } from "./confirmers.ts";
import { DecodedText } from "./decoded-text.ts";
import { decodeEscaped } from "./escaped-text.ts";
import { mayBeReadableFrom, readableIn, unlikelyReadableIn } from "./readable-bytes.ts";
import type { ScanBudget } from "./scan-budget.ts";
import { UnpackAllowance, unpacked } from "./unpack.ts";

/** What a text holds in other letters. */
export interface Encoded {
  readonly decoded: DecodedText;
  /** What was not decoded, since packed in it is more than is read. */
  readonly unread: readonly Span[];
}

const leastRun = 24;
/** Even, and a multiple of four: pieces of hexadecimal and base64 can be decoded by themselves. */
const longestPiece = 4_096;

/** To look for runs costs so much of what the one pass over all of a text does, and to decode one so much. */
const shareOfSearch = 0.5;
const shareOfDecoding = 1.5;
const unitsPerRun = 3;
/** An attempt to unpack takes tens of microseconds. */
const unitsPerAttempt = 60;

const base64Letter = 1;
const hexLetter = 2;

/**
 * Finds what is written in base64, hexadecimal, percent, backslash or entity escapes, and holds text when it is decoded;
 * gzip and deflate within base64, too. All of it is read: what is decoded is no longer than the text, but for what is packed,
 * and for what can be read from several of its letters on.
 */
export function findEncodedRuns(text: string, budget: ScanBudget): Encoded {
  const found = {
    decoded: new DecodedText(),
    unread: [],
    allowance: new UnpackAllowance(),
    budget,
  };
  budget.spendCharacters(text.length, shareOfSearch);
  let lastEnd = -1;
  for (const run of longRuns(text)) {
    const continues = isWrapped(text, lastEnd, run.start);
    const first = decodeRun(text, { ...run, continues }, found);
    if (!run.isWithin) lastEnd = (run.end - first) % 4 === 0 ? run.end : -1;
  }
  decodeEscaped(text, found.decoded, budget);
  return found;
}

interface Found {
  readonly decoded: DecodedText;
  readonly unread: Span[];
  readonly allowance: UnpackAllowance;
  readonly budget: ScanBudget;
}

interface Run extends Span {
  readonly isHex: boolean;
  /** Part of a longer run in base64. */
  readonly isWithin: boolean;
}

interface RunToDecode extends Run {
  /** What the run before held goes on here. */
  readonly continues: boolean;
}

/**
 * Letters that stand in front of what is encoded, such as those of a path, shift all of it: where it is not text, it is read from
 * the letters behind on, too. Returns the letter from which on there was something to read.
 */
function decodeRun(text: string, run: RunToDecode, found: Found): number {
  const [letters, bitsOfLetter] = run.isHex ? [2, 4] : [4, 6];
  let { continues } = run;
  let first = run.start;
  let bytes: Buffer | undefined;
  for (let shift = 0; shift < letters; shift += 1) {
    if (bytes && !mayBeReadableFrom(bytes, shift * bitsOfLetter)) continue;
    const from = run.start + shift;
    const read = decodeFrom(text, { ...run, continues, from }, found);
    if (read.isSound) return from;
    bytes ??= read.bytes;
    if (read.isEmpty) continue;
    first = from;
    continues = false;
  }
  return first;
}

/** What is packed may have more behind it that is not, so the bytes are read as they are, too. */
function decodeFrom(text: string, run: RunToDecode & { readonly from: number }, found: Found) {
  const { start, from, isHex, continues } = run;
  found.budget.spendWindow(unitsPerRun);
  found.budget.spendWork((run.end - from) * shareOfDecoding);
  const { attempts } = found.allowance;
  const bytes = Buffer.from(text.slice(from, run.end), isHex ? "hex" : "base64");
  const plain = unpacked(bytes, found.allowance);
  if (found.allowance.attempts < attempts) found.budget.spendWindow(unitsPerAttempt);
  const span = { start: from, end: endOfPadding(text, run.end) };
  if (plain === undefined) found.unread.push(span);
  else if (plain !== bytes) putUnpacked(found.decoded, plain, span);
  const pieces = { ...span, isHex, continues: continues && plain === bytes };
  return { bytes, ...putPieces(found.decoded, bytes, { ...pieces, isLikely: from === start }) };
}

/** Each long run, and what in it is hexadecimal: between other letters that may be of a path. */
function* longRuns(text: string): Generator<Run> {
  for (const run of runsOf(text, { start: 0, end: text.length }, base64Letter)) {
    let isHex = false;
    for (const { start, end } of runsOf(text, run, hexLetter)) {
      isHex = end - start === run.end - run.start;
      if (!isHex) yield { start, end, isHex: true, isWithin: true };
    }
    yield { ...run, isHex, isWithin: false };
  }
}

/** Looks backward from where a run would have to reach: words are short, so most of a text is never looked at. */
function* runsOf(text: string, within: Span, letter: number): Generator<Span> {
  let { start } = within;
  while (start + leastRun <= within.end) {
    let last = start + leastRun - 1;
    while (last >= start && isOf(text, last, letter)) last -= 1;
    if (last < start) {
      last = start + leastRun;
      while (last < within.end && isOf(text, last, letter)) last += 1;
      yield { start, end: last };
    }
    start = behind(text, last);
  }
}

function isOf(text: string, index: number, letter: number): boolean {
  return ((lettersOf[text.charCodeAt(index)] as number) & letter) !== 0;
}

/** Where a run may begin behind this character. A line end that was encoded twice is no part of what follows. */
function behind(text: string, index: number): number {
  const isLineEnd = text[index] === "\\" && (text[index + 1] === "n" || text[index + 1] === "r");
  return isLineEnd ? index + 2 : index + 1;
}

const lettersOf = new Uint8Array(65_536);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-") {
  lettersOf[letter.charCodeAt(0)] = base64Letter;
}
for (const letter of "0123456789abcdefABCDEF") {
  lettersOf[letter.charCodeAt(0)] = base64Letter | hexLetter;
}

function endOfPadding(text: string, end: number): number {
  if (text.startsWith("==", end)) return end + 2;
  return text[end] === "=" ? end + 1 : end;
}

/** Whether between two runs stands a line end only, as a mail has it after 76 characters. */
function isWrapped(text: string, lastEnd: number, start: number): boolean {
  if (lastEnd < 0 || start - lastEnd > 4) return false;
  return /^(?:\s|\\[nr]){1,4}$/.test(text.slice(lastEnd, start));
}

function putUnpacked(decoded: DecodedText, plain: Buffer, span: Span): void {
  decoded.begin();
  decoded.putWhole(plain.toString("utf8"), span);
  decoded.end(span);
}

interface Pieces extends Span {
  readonly isHex: boolean;
  readonly continues: boolean;
  /** Nothing speaks against that they are what was encoded. */
  readonly isLikely: boolean;
}

/** What became of pieces. */
interface Put {
  readonly isEmpty: boolean;
  /** All of them are text, and whole. */
  readonly isSound: boolean;
}

/** Piece by piece, so that what is taken out is no more than it must be. What goes on in the next piece is read as one. */
function putPieces(decoded: DecodedText, bytes: Buffer, pieces: Pieces): Put {
  const { start, isHex, isLikely } = pieces;
  const [group, letters] = isHex ? [1, 2] : [3, 4];
  const bytesPerPiece = (longestPiece / letters) * group;
  let { continues } = pieces;
  let isEmpty = true;
  let isSound = true;
  for (let from = 0; from < bytes.length; ) {
    const to = endOfCharacter(bytes, from + bytesPerPiece);
    const piece = bytes.subarray(from, to);
    const read = isLikely ? readableIn(piece) : unlikelyReadableIn(piece);
    const span = {
      start: start + Math.floor(from / group) * letters,
      end: to < bytes.length ? start + Math.ceil(to / group) * letters : pieces.end,
    };
    for (const text of read.texts) {
      decoded.begin(continues);
      decoded.putWhole(text, span);
      decoded.end(span);
      continues = false;
      isEmpty = false;
    }
    isSound &&= read.isSound;
    continues = read.texts.length === 1;
    from = to;
  }
  return { isEmpty, isSound };
}

/** Not between the bytes of one character of UTF-8. */
function endOfCharacter(bytes: Buffer, wanted: number): number {
  let end = wanted;
  while (end < bytes.length && end < wanted + 3 && ((bytes[end] as number) & 0xc0) === 0x80)
    end += 1;
  return Math.min(end, bytes.length);
}
