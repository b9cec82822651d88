import { hashOfWord } from "../wording/word-slots.ts";
import type { WordingReader } from "../wording/wording-reader.ts";
import { forEachToken, loweredIn, noUnits, type TokenSink, type Units } from "../words/tokens.ts";
import { WordMemo } from "../words/word-memo.ts";
import { denialLength, meaningOf, type Phrases, type Said, SaidWords } from "../words/words.ts";
import { emptyPath, type LiteralWords, type Path } from "./literal-words.ts";
import type { StepFollower } from "./step-follower.ts";

/** What a word tells beside its classes. */
interface Entry {
  readonly begins: Phrases;
  readonly path: Path;
}

/** So many numbers may all paths have that are kept. */
const mostKept = 2_000_000;
/** The number of the entry of words that tell nothing. */
const noEntry = 0;
const nothing: Entry = { begins: undefined, path: emptyPath };

/** No more letters of a word tell what it means. */
const longestKnown = 64;
/** What it costs to learn a word, beside its letters and what these lead to. */
const unitsToLearn = 20;

interface Learnt {
  readonly start: number;
  readonly end: number;
  /** Behind the letters that are looked for. */
  readonly letters: number;
}

/** Reads the words of one text after the other: what they mean, and where the literals that they hold lead to. The same few are most of any text, and known. */
export class TextWords implements TokenSink {
  /** What it cost to learn those that were met for the first time. */
  learnt = 0;
  readonly #literals: LiteralWords;
  readonly #follower: StepFollower;
  readonly #wording: WordingReader | undefined;
  readonly #memo = new WordMemo();
  #entries: Entry[] = [nothing];
  #kept = 0;
  /** Of signs that are asked for, by their codes. */
  readonly #signs: (Path | undefined)[] = [];
  readonly #said = new SaidWords();
  #text = "";
  #units: Units = noUnits;
  /** Where else sentences end, in order, and which of these is next. */
  #ends: readonly number[] = [];
  #nextEnd = 0;

  constructor(literals: LiteralWords, follower: StepFollower, wording?: WordingReader) {
    this.#literals = literals;
    this.#follower = follower;
    this.#wording = wording;
  }

  /** `text`: of which these are the units. */
  read(text: string, units: Units, ends: readonly number[]): Said {
    this.#text = text;
    this.#units = units;
    this.#ends = ends;
    this.#nextEnd = 0;
    this.learnt = 0;
    this.#said.begin(units);
    this.#wording?.begin();
    forEachToken(units, this.#literals.asked, this);
    return this.#said.said();
  }

  onWord(start: number, end: number, hash: number): void {
    if (this.#nextEnd < this.#ends.length) this.#endBefore(start);
    const row = this.#memo.find(hash, end - start);
    const known = row >= 0 ? row : this.#learn(hash, start, end);
    this.#say(known, start, end);
    this.#follow(known, start);
  }

  /** It means what all of it means, but is looked for by its letters. */
  onDenial(start: number, end: number, hash: number): void {
    const behind = end + denialLength;
    this.#endBefore(start);
    const row = this.#memo.find(hash, behind - start);
    const known = row >= 0 ? row : this.#learnDenial(hash, start, behind);
    this.#say(known, start, behind);
    this.#follow(known, start);
  }

  onRest(start: number, end: number, hash: number): void {
    const row = this.#memo.find(hash, end - start);
    this.#follow(row >= 0 ? row : this.#learn(hash, start, end), start);
  }

  onSign(at: number, code: number): void {
    this.#signs[code] ??= this.#literals.pathOfSign(code);
    this.#follower.follow(this.#signs[code], at);
  }

  onEnd(at: number): void {
    this.#endBefore(at);
    this.#said.end(at);
    this.#wording?.end(at);
  }

  #say(row: number, start: number, end: number): void {
    const entry = this.#memo.entryAt(row);
    if (entry !== noEntry) {
      const { begins } = this.#entries[entry] as Entry;
      if (begins) this.#said.begins(begins);
    }
    this.#said.add(start, end, this.#memo.setAt(row));
    this.#wording?.add(this.#memo.hashAt(row), start, end);
  }

  #follow(row: number, start: number): void {
    const entry = this.#memo.entryAt(row);
    if (entry === noEntry) return;
    const { path } = this.#entries[entry] as Entry;
    if (path.length > 0) this.#follower.follow(path, start);
  }

  #endBefore(start: number): void {
    while (this.#nextEnd < this.#ends.length && (this.#ends[this.#nextEnd] as number) < start) {
      const end = this.#ends[this.#nextEnd] as number;
      this.#said.end(end);
      this.#wording?.end(end);
      this.#nextEnd += 1;
    }
  }

  #learn(hash: number, start: number, end: number): number {
    const word = this.#text.slice(start, Math.min(end, start + longestKnown)).toLowerCase();
    return this.#add(hash, word, { start, end, letters: end });
  }

  #learnDenial(hash: number, start: number, end: number): number {
    const word = loweredIn(this.#units, start, end);
    return this.#add(hash, word, { start, end, letters: end - denialLength });
  }

  #add(hash: number, word: string, { start, end, letters }: Learnt): number {
    if (this.#memo.isFull || this.#kept > mostKept) this.#forget();
    const { set, begins } = meaningOf(word);
    const path = this.#literals.pathOf(this.#units, start, letters);
    this.#kept += path.length;
    this.learnt += unitsToLearn + end - start + path.length;
    const tells = begins !== undefined || path.length > 0;
    const entry = tells ? this.#entries.push({ begins, path }) - 1 : noEntry;
    return this.#memo.add(hash, end - start, { set, entry, hash: hashOfWord(word) });
  }

  #forget(): void {
    this.#memo.forget();
    this.#entries = [nothing];
    this.#kept = 0;
  }
}
