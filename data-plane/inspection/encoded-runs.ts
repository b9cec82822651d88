import type { Span } from "./confirmers.ts";
import { DecodedText } from "./decoded-text.ts";
import { decodeEscaped } from "./escaped-text.ts";
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
const leastText = 12;
/** No picture has so many printable characters in a row by chance. */
const leastStretch = 16;

const base64Letter = 1;
const hexLetter = 2;

/**
 * Finds what is written in base64, hexadecimal, percent, backslash or entity escapes, and holds text when it is decoded;
 * gzip and deflate within base64, too. All of it is read: what is decoded is no longer than the text, but for what is packed.
 */
export function findEncodedRuns(text: string, budget: ScanBudget): Encoded {
  const decoded = new DecodedText();
  const unread: Span[] = [];
  const allowance = new UnpackAllowance();
  let lastEnd = -1;
  for (const { start, end, letters } of longRuns(text)) {
    budget.spendWindow();
    const encoding = (letters & hexLetter) === 0 ? "base64" : "hex";
    const bytes = Buffer.from(text.slice(start, end), encoding);
    const plain = unpacked(bytes, allowance);
    const span = { start, end: endOfPadding(text, end) };
    const continues = isWrapped(text, lastEnd, start);
    if (plain === undefined) unread.push(span);
    else if (plain !== bytes) putUnpacked(decoded, plain, span);
    else putPieces(decoded, bytes, { ...span, isHex: encoding === "hex", continues });
    lastEnd = (end - start) % 4 === 0 ? end : -1;
  }
  decodeEscaped(text, decoded);
  return { decoded, unread };
}

interface Run extends Span {
  /** The bits that all of its characters have. */
  readonly letters: number;
}

/** Looks backward from where a run would have to reach: words are short, so most of a text is never looked at. */
function* longRuns(text: string): Generator<Run> {
  let start = 0;
  while (start + leastRun <= text.length) {
    let last = start + leastRun - 1;
    while (last >= start && lettersOf[text.charCodeAt(last)] !== 0) last -= 1;
    if (last < start) {
      const run = runFrom(text, start);
      yield run;
      last = run.end;
    }
    start = behind(text, last);
  }
}

function runFrom(text: string, start: number): Run {
  let letters = base64Letter | hexLetter;
  let end = start;
  for (; end < text.length; end += 1) {
    const letter = lettersOf[text.charCodeAt(end)] as number;
    if (letter === 0) break;
    letters &= letter;
  }
  return { start, end, letters };
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
}

/** Piece by piece, so that what is taken out is no more than it must be. What goes on in the next piece is read as one. */
function putPieces(decoded: DecodedText, bytes: Buffer, pieces: Pieces): void {
  const { start, isHex } = pieces;
  const [group, letters] = isHex ? [1, 2] : [3, 4];
  const bytesPerPiece = (longestPiece / letters) * group;
  let { continues } = pieces;
  for (let from = 0; from < bytes.length; ) {
    const to = endOfCharacter(bytes, from + bytesPerPiece);
    const texts = textsOf(bytes.subarray(from, to));
    const span = {
      start: start + Math.floor(from / group) * letters,
      end: to < bytes.length ? start + Math.ceil(to / group) * letters : pieces.end,
    };
    for (const text of texts) {
      decoded.begin(continues);
      decoded.putWhole(text, span);
      decoded.end(span);
      continues = false;
    }
    continues = texts.length === 1;
    from = to;
  }
}

/** Not between the bytes of one character of UTF-8. */
function endOfCharacter(bytes: Buffer, wanted: number): number {
  let end = wanted;
  while (end < bytes.length && end < wanted + 3 && ((bytes[end] as number) & 0xc0) === 0x80)
    end += 1;
  return Math.min(end, bytes.length);
}

/** All of it, where it is text. Otherwise it is a key, a digest or a picture, and what can be read in it is what can be printed. */
function textsOf(bytes: Buffer): readonly string[] {
  if (bytes.length < leastText) return [];
  const counts = [0, 0, 0, 0];
  for (let index = 0; index < bytes.length; index += 1) {
    const kind = kindOf[bytes[index] as number] as number;
    counts[kind] = (counts[kind] as number) + 1;
  }
  const [, strange = 0, leading = 0, following = 0] = counts;
  const tolerated = bytes.length / 20;
  const isBroken = leading - following > tolerated || following - leading * 3 > tolerated;
  if (strange > tolerated || isBroken) return stretchesOf(bytes);
  const text = bytes.toString("utf8");
  const broken = text.length === bytes.length ? 0 : text.split("\ufffd").length - 1;
  return broken > tolerated ? stretchesOf(bytes) : [text];
}

/** Of bytes: 1 what no text holds, 2 what begins a character of UTF-8, 3 what goes on with one. */
const kindOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return byte < 0xc0 ? 3 : 2;
  return byte < 9 || (byte > 13 && byte < 32) || byte === 127 ? 1 : 0;
});

function stretchesOf(bytes: Buffer): readonly string[] {
  const stretches: string[] = [];
  let from = 0;
  for (let index = 0; index <= bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte >= 32 && byte < 127) continue;
    if (index - from >= leastStretch) stretches.push(bytes.toString("latin1", from, index));
    from = index + 1;
  }
  return stretches;
}
