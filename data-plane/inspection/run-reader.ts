import type { Span } from "./confirmers.ts";
import { mayBeDeflated } from "./deflate-head.ts";
import type { FoundRuns } from "./found-runs.ts";
import {
  base32,
  base64,
  decodeLetters,
  hexadecimal,
  type LetterCode,
  lowerBase32,
} from "./letter-codes.ts";
import { LetterRuns } from "./letter-runs.ts";
import { mayBeReadableFrom, putReadable } from "./readable-bytes.ts";
import { ReusedRoom } from "./reused-room.ts";
import { endOfCharacter, endOfPadding, isWrapped } from "./run-borders.ts";
import type { ScanBudget } from "./scan-budget.ts";
import { inflated, mayBePacked, unpacked } from "./unpack.ts";

/** Letters. A multiple of the groups of all codes: pieces can be decoded by themselves. */
const longestPiece = 4_096;

/** Letters. To decode shorter runs takes longer by Node than by us. */
const longRun = 64;

const noBytes = Buffer.alloc(0);
/** For what the letters of a run stand for, and for what they do from another of them on: of one run after the other. */
const plainRoom = new ReusedRoom();
const shiftedRoom = new ReusedRoom();

/** To decode a run costs so much of what the one pass over all of a text does. */
const shareOfDecoding = 0.5;
const unitsPerRun = 1;
/** An attempt to unpack takes tens of microseconds. */
const unitsPerAttempt = 60;

interface Run extends Span {
  readonly code: LetterCode;
  /** Part of a longer run in base64. */
  readonly isWithin: boolean;
}

/** What became of a run. */
interface Read {
  readonly isEmpty: boolean;
  /** All of it is text, and whole. */
  readonly isSound: boolean;
}

const sound: Read = { isEmpty: false, isSound: true };

/** Letters to read, and zeros behind them. */
interface Letters {
  /** The same, where they stand as they are. */
  readonly text?: string;
  readonly codes: Uint16Array;
  readonly length: number;
  /** Where in the text each of them stands, if they were put together. */
  readonly places?: Uint32Array;
}

/** Reads the long runs of letters of a text that stand for bytes. */
export class RunReader {
  readonly #text: string | undefined;
  readonly #codes: Uint16Array;
  readonly #length: number;
  readonly #places: Uint32Array | undefined;
  readonly #found: FoundRuns;
  readonly #budget: ScanBudget;
  /** What the letters of the run stand for. */
  #bytes: Buffer = noBytes;
  /** Where a run ended that may go on behind a line end. */
  #lastEnd = -1;

  constructor({ text, codes, length, places }: Letters, found: FoundRuns, budget: ScanBudget) {
    this.#text = text;
    this.#codes = codes;
    this.#length = length;
    this.#places = places;
    this.#found = found;
    this.#budget = budget;
  }

  readAll(): void {
    const runs = new LetterRuns(this.#codes).within({ start: 0, end: this.#length }, base64.set);
    const narrow = new LetterRuns(this.#codes);
    while (runs.next()) this.#readRun(runs, narrow);
  }

  /** What in a run has fewer letters is read by itself, too: between others that may be of a path. */
  #readRun(run: LetterRuns, narrow: LetterRuns): void {
    let isRead = this.#readWithin(hexadecimal, run, narrow);
    isRead ||= this.#read({ start: run.start, end: run.end, code: base64, isWithin: false });
    if (isRead) return;
    this.#readWithin(base32, run, narrow);
    this.#readWithin(lowerBase32, run, narrow);
  }

  /** Returns whether all of the run has these letters, and is read. */
  #readWithin(code: LetterCode, run: LetterRuns, narrow: LetterRuns): boolean {
    const { start, end, sets } = run;
    if ((sets & code.set) !== 0) {
      const isSound = this.#read({ start, end, code, isWithin: false });
      return isSound || code === hexadecimal;
    }
    narrow.within(run, code.set);
    while (narrow.next()) {
      this.#read({ start: narrow.start, end: narrow.end, code, isWithin: true });
    }
    return false;
  }

  /**
   * Letters that stand in front of what is encoded, such as those of a path, shift all of it: where it is not text, it is read from
   * the letters behind on, too. Returns whether all of it is text.
   */
  #read(run: Run): boolean {
    const { start, end, code } = run;
    let continues = isWrapped(this.#codes, this.#lastEnd, start);
    let read = this.#readFrom(run, start, continues);
    let first = start;
    let isEmpty = read.isEmpty;
    const count = Math.floor(((end - start) * code.bitsPerLetter) / 8);
    for (let shift = 1; shift < code.lettersPerGroup && !read.isSound; shift += 1) {
      if (!mayBeReadableFrom(this.#bytes, count, shift * code.bitsPerLetter)) continue;
      continues &&= isEmpty;
      read = this.#readFrom(run, start + shift, continues);
      if (read.isSound || !read.isEmpty) first = start + shift;
      isEmpty &&= read.isEmpty;
    }
    if (!run.isWithin) {
      this.#lastEnd = (end - first) % code.lettersPerGroup === 0 ? end : -1;
    }
    return read.isSound;
  }

  /** What is packed may have more behind it that is not, so the bytes are read as they are, too. */
  #readFrom({ start, end, code }: Run, from: number, continues: boolean): Read {
    this.#budget.spendWindow(unitsPerRun);
    this.#budget.spendWork((end - from) * shareOfDecoding);
    const isShifted = from > start;
    const bytes = (isShifted ? shiftedRoom : plainRoom).of(end - from);
    if (!isShifted) this.#bytes = bytes;
    const length = this.#decode({ start: from, end }, code, bytes);
    const span = { start: from, end: endOfPadding(this.#codes, end) };
    const wasPacked =
      mayBePacked(bytes[0] as number) &&
      this.#unpack(bytes.subarray(0, length), this.#placed(span));
    const pieces = { ...span, code, length };
    const read = this.#putPieces(bytes, { ...pieces, continues: continues && !wasPacked });
    if (read.isSound || isShifted || wasPacked || continues) return read;
    return this.#inflate(bytes.subarray(0, length), this.#placed(span)) ? sound : read;
  }

  /** What is no text may be packed without saying so. */
  #inflate(bytes: Uint8Array, span: Span): boolean {
    if (!mayBeDeflated(bytes)) return false;
    const { allowance, decoded } = this.#found;
    this.#budget.spendWindow(unitsPerAttempt);
    const plain = inflated(bytes, allowance);
    if (plain === "too much") this.#found.addUnread(span);
    if (typeof plain === "string") return false;
    const whole = { start: 0, end: plain.length, span, continues: false };
    const read = putReadable(decoded, plain, whole);
    return read.texts > 0 && read.isSound;
  }

  /** A text has few packed runs, or it was made to have many: where there are more than are read, what is between them is not looked at. */
  #unpack(bytes: Uint8Array, span: Span): boolean {
    const { allowance } = this.#found;
    const { attempts } = allowance;
    const plain = unpacked(bytes, allowance);
    if (allowance.attempts < attempts) this.#budget.spendWindow(unitsPerAttempt);
    if (plain === "too much") this.#found.addUnread(span);
    if (typeof plain === "string" || plain.length === 0) return false;
    this.#found.decoded.begin();
    this.#found.decoded.putWhole(plain.toString("utf8"), span);
    this.#found.decoded.end(span);
    return true;
  }

  /** Piece by piece, so that what is taken out is no more than it must be. What goes on in the next piece is read as one. */
  #putPieces(bytes: Uint8Array, pieces: Pieces): Read {
    const { start, code, length } = pieces;
    const bytesPerPiece = (longestPiece / code.lettersPerGroup) * code.bytesPerGroup;
    let { continues } = pieces;
    let isEmpty = true;
    let isSound = true;
    for (let from = 0; from < length; ) {
      const to = endOfCharacter(bytes, from + bytesPerPiece, length);
      const span = this.#placed({
        start: start + lettersTo(from, code, Math.floor),
        end: to < length ? start + lettersTo(to, code, Math.ceil) : pieces.end,
      });
      const piece = { start: from, end: to, span, continues };
      const read = putReadable(this.#found.decoded, bytes, piece);
      if (read.texts > 0) isEmpty = false;
      isSound &&= read.isSound;
      continues = read.texts === 1;
      from = to;
    }
    return { isEmpty, isSound };
  }

  /** Where in the text these letters stand. */
  #placed(span: Span): Span {
    const places = this.#places;
    if (places === undefined) return span;
    return { start: places[span.start] as number, end: (places[span.end - 1] as number) + 1 };
  }

  #decode(letters: Span, code: LetterCode, into: Buffer): number {
    const { start, end } = letters;
    const name = end - start < longRun ? undefined : code.name;
    if (this.#text === undefined || name === undefined) {
      return decodeLetters(this.#codes, letters, code, into);
    }
    return into.write(this.#text.slice(start, end), name);
  }
}

interface Pieces extends Span {
  readonly code: LetterCode;
  /** Of the bytes. */
  readonly length: number;
  readonly continues: boolean;
}

/** How many letters whole groups have that hold so many bytes. */
function lettersTo(bytes: number, code: LetterCode, round: (groups: number) => number): number {
  return round(bytes / code.bytesPerGroup) * code.lettersPerGroup;
}
