import {
  doubled,
  forEachToken,
  loweredIn,
  noSigns,
  noUnits,
  standsAt,
  type TokenSink,
  type Units,
  unitsOf,
} from "./tokens.ts";
import { type WordClass, wordClasses } from "./word-classes.ts";

/** A set of classes, one bit each. */
export type ClassSet = number;
/** Stands between two sentences. */
export const sentenceEnd = -1;

const bits = new Map(
  Object.keys(wordClasses).map((name, index) => [name as WordClass, 1 << index] as const),
);
if (bits.size > 32) throw new Error("there are more classes of words than bits");

export function setOf(classes: readonly WordClass[]): ClassSet {
  return classes.reduce((set, it) => set | (bits.get(it) ?? 0), 0);
}

/** A beginning of words, or several words that mean something together. */
interface Known {
  readonly words: readonly string[];
  /** Whether the last word may go on. */
  readonly isOpen: boolean;
  readonly set: ClassSet;
}

/** The first three letters, as a small number: every beginning of words has as many. Others may have the same. */
const beginningOf = (it: string) =>
  ((it.charCodeAt(0) & 1_023) << 20) |
  ((it.charCodeAt(1) & 1_023) << 10) |
  (it.charCodeAt(2) & 1_023);

/** Shorter words stand in many others. */
const leastLiteral = 5;
/** "'t". */
export const denialLength = 2;
/** Of words in one text. */
const usualCount = 2_048;

const exact = new Map<string, ClassSet>();
const stems = new Map<number, Known[]>();
const phrases = new Map<string, Known[]>();

for (const [name, entries] of Object.entries(wordClasses)) {
  for (const entry of entries.split(" ")) learn(entry, bits.get(name as WordClass) ?? 0);
}

function learn(entry: string, set: ClassSet): void {
  const isOpen = entry.endsWith("*");
  const plain = entry.replaceAll("_", " ").replace("*", "");
  const words = wordsOf(plain);
  const [first = ""] = words;
  if (words.length > 1) put(phrases, first, { words, isOpen, set });
  else if (isOpen) put(stems, beginningOf(first), { words, isOpen, set });
  else exact.set(first, (exact.get(first) ?? 0) | set);
}

function put<Key>(map: Map<Key, Known[]>, key: Key, known: Known): void {
  map.set(key, [...(map.get(key) ?? []), known]);
}

function wordsOf(plain: string): readonly string[] {
  const words: string[] = [];
  const add = (start: number, end: number) => words.push(plain.slice(start, end));
  const ignore = () => {};
  const onDenial = (start: number, end: number) => add(start, end + denialLength);
  const sink: TokenSink = { onWord: add, onDenial, onRest: ignore, onSign: ignore, onEnd: ignore };
  forEachToken(unitsOf(plain), noSigns, sink);
  return words;
}

/** What the words of a text mean, in order. */
export interface Said {
  /** For each word its classes; between sentences a mark. */
  readonly sets: Int32Array;
  /** Where each of them begins in the text. */
  readonly starts: Int32Array;
  readonly sentences: readonly Sentence[];
  /** All that is said in it. */
  readonly union: ClassSet;
}

/** Words without a mark between them. */
export interface Sentence {
  /** Of its first word, and behind its last. */
  readonly from: number;
  readonly to: number;
  /** All that is said in it. */
  readonly union: ClassSet;
}

export function saidIn(text: string): Said {
  const units = unitsOf(text);
  const words = new SaidWords();
  words.begin(units);
  const onWord = (start: number, end: number) => {
    const { set, begins } = meaningOf(loweredIn(units, start, end));
    if (begins) words.begins(begins);
    words.add(start, end, set);
  };
  const ignore = () => {};
  forEachToken(units, noSigns, {
    onWord,
    onDenial: (start, end) => onWord(start, end + denialLength),
    onRest: ignore,
    onSign: ignore,
    onEnd: (at) => words.end(at),
  });
  return words.said();
}

/** What a word may mean with what comes behind it. */
export type Phrases = readonly Known[] | undefined;

/** What a word means. */
interface Meaning {
  readonly set: ClassSet;
  readonly begins: Phrases;
}

/** Of a word in lower case. */
export function meaningOf(it: string): Meaning {
  let set = exact.get(it) ?? 0;
  for (const stem of stems.get(beginningOf(it)) ?? []) {
    if (it.startsWith(stem.words[0] as string)) set |= stem.set;
  }
  return { set, begins: phrases.get(it) };
}

/** Whether a word, in lower case, is one of those that mean something. */
export function meansSomething(it: string): boolean {
  const { set, begins } = meaningOf(it);
  return set !== 0 || begins !== undefined;
}

/** Gathers what the words of one text after the other mean. */
export class SaidWords {
  #units: Units = noUnits;
  #count = 0;
  #sets = new Int32Array(usualCount);
  #starts = new Int32Array(usualCount);
  #ends = new Int32Array(usualCount);
  #begun: Begun[] = [];

  begin(units: Units): void {
    this.#units = units;
    this.#count = 0;
    this.#begun = [];
  }

  /** The next word may mean more. */
  begins(phrases: readonly Known[]): void {
    this.#begun.push({ phrases, index: this.#count });
  }

  /** A sentence ends here. */
  end(at: number): void {
    this.add(at, at, sentenceEnd);
  }

  said(): Said {
    for (const { phrases: all, index } of this.#begun) {
      for (const phrase of all) {
        if (this.#isPhraseAt(phrase, index))
          this.#sets[index] = (this.#sets[index] as ClassSet) | phrase.set;
      }
    }
    const sets = this.#sets.slice(0, this.#count);
    const sentences = sentencesOf(sets);
    const union = sentences.reduce((all, sentence) => all | sentence.union, 0);
    return { sets, starts: this.#starts.slice(0, this.#count), sentences, union };
  }

  add(start: number, end: number, set: ClassSet): void {
    const index = this.#count;
    if (index === this.#sets.length) this.#grow();
    this.#sets[index] = set;
    this.#starts[index] = start;
    this.#ends[index] = end;
    this.#count = index + 1;
  }

  #grow(): void {
    this.#sets = doubled(this.#sets);
    this.#starts = doubled(this.#starts);
    this.#ends = doubled(this.#ends);
  }

  #isPhraseAt({ words, isOpen }: Known, index: number): boolean {
    for (let at = 1; at < words.length; at += 1) {
      const it = words[at] as string;
      if (index + at >= this.#count) return false;
      const start = this.#starts[index + at] as number;
      if (!standsAt(this.#units, it, start)) return false;
      const mayGoOn = isOpen && at === words.length - 1;
      if (!mayGoOn && this.#ends[index + at] !== start + it.length) return false;
    }
    return true;
  }
}

/** A word that begins phrases, and which. */
interface Begun {
  readonly phrases: readonly Known[];
  readonly index: number;
}

function sentencesOf(sets: Int32Array): readonly Sentence[] {
  const sentences: Sentence[] = [];
  let from = 0;
  let union = 0;
  for (let at = 0; at <= sets.length; at += 1) {
    const set = at < sets.length ? (sets[at] as ClassSet) : sentenceEnd;
    if (set !== sentenceEnd) {
      union |= set;
      continue;
    }
    if (union !== 0) sentences.push({ from, to: at, union });
    from = at + 1;
    union = 0;
  }
  return sentences;
}

/** Literals that stand wherever one of these classes does: in lower case, and long enough to be rare. */
export function literalsOf(classes: readonly WordClass[]): readonly string[] {
  const entries = classes.flatMap((name) => wordClasses[name].split(" "));
  const literals = entries.map((entry) => entry.replace("*", "").replaceAll("_", " "));
  return literals.filter((it) => it.length >= leastLiteral);
}
