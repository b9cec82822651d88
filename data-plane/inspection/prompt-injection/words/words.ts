import { forEachToken, inOneSpelling } from "./tokens.ts";
import { type WordClass, wordClasses } from "./word-classes.ts";
import { WordMemo } from "./word-memo.ts";

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

const exact = new Map<string, ClassSet>();
const stems = new Map<number, Known[]>();
const phrases = new Map<string, Known[]>();

for (const [name, entries] of Object.entries(wordClasses)) {
  for (const entry of entries.split(" ")) learn(entry, bits.get(name as WordClass) ?? 0);
}

function learn(entry: string, set: ClassSet): void {
  const isOpen = entry.endsWith("*");
  const plain = entry.replaceAll("_", " ").replace("*", "");
  const words: string[] = [];
  forEachToken(plain, (start, end) => words.push(plain.slice(start, end)));
  const [first = ""] = words;
  if (words.length > 1) put(phrases, first, { words, isOpen, set });
  else if (isOpen) put(stems, beginningOf(first), { words, isOpen, set });
  else exact.set(first, (exact.get(first) ?? 0) | set);
}

function put<Key>(map: Map<Key, Known[]>, key: Key, known: Known): void {
  map.set(key, [...(map.get(key) ?? []), known]);
}

/** What the words of a text mean, in order. */
export interface Said {
  /** For each word its classes; between sentences a mark. */
  readonly sets: readonly ClassSet[];
  /** Where each of them begins in the text. */
  readonly starts: readonly number[];
  readonly sentences: readonly Sentence[];
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
  const plain = inOneSpelling(text);
  const tokens: Tokens = { plain, starts: [], ends: [] };
  const sets: ClassSet[] = [];
  const begun: Begun[] = [];
  forEachToken(plain, (start, end, hash) => {
    const meaning = hash === 0 ? sentenceMark : meaningOf(plain, start, end, hash);
    if (meaning.begins) begun.push({ phrases: meaning.begins, index: sets.length });
    sets.push(meaning.set);
    tokens.starts.push(start);
    tokens.ends.push(end);
  });
  for (const { phrases: all, index } of begun) {
    for (const phrase of all) {
      if (isPhraseAt(phrase, tokens, index)) sets[index] = (sets[index] as ClassSet) | phrase.set;
    }
  }
  return { sets, starts: tokens.starts, sentences: sentencesOf(sets) };
}

/** A word that begins phrases, and which. */
interface Begun {
  readonly phrases: readonly Known[];
  readonly index: number;
}

function sentencesOf(sets: readonly ClassSet[]): readonly Sentence[] {
  const sentences: Sentence[] = [];
  let from = 0;
  let union = 0;
  for (let at = 0; at <= sets.length; at += 1) {
    const set = sets[at];
    if (set !== undefined && set !== sentenceEnd) {
      union |= set;
      continue;
    }
    if (union !== 0) sentences.push({ from, to: at, union });
    from = at + 1;
    union = 0;
  }
  return sentences;
}

interface Meaning {
  readonly set: ClassSet;
  /** With what comes behind it, the word may mean more. */
  readonly begins: readonly Known[] | undefined;
}

const sentenceMark: Meaning = { set: sentenceEnd, begins: undefined };
/** What words mean that were met: the same few are most of any text. */
const memo = new WordMemo<Meaning>();

function meaningOf(text: string, start: number, end: number, hash: number): Meaning {
  const known = memo.get(hash, end - start);
  if (known) return known;
  const meaning = learnMeaning(text.slice(start, end));
  memo.set(hash, end - start, meaning);
  return meaning;
}

function learnMeaning(it: string): Meaning {
  let set = exact.get(it) ?? 0;
  for (const stem of stems.get(beginningOf(it)) ?? []) {
    if (it.startsWith(stem.words[0] as string)) set |= stem.set;
  }
  return { set, begins: phrases.get(it) };
}

/** Whether a word, in lower case, is one of those that mean something. */
export function meansSomething(it: string): boolean {
  const { set, begins } = learnMeaning(it);
  return set !== 0 || begins !== undefined;
}

interface Tokens {
  readonly plain: string;
  readonly starts: number[];
  readonly ends: number[];
}

function isPhraseAt({ words, isOpen }: Known, { plain, starts, ends }: Tokens, index: number) {
  for (let at = 1; at < words.length; at += 1) {
    const it = words[at] as string;
    const start = starts[index + at];
    if (start === undefined || !plain.startsWith(it, start)) return false;
    const mayGoOn = isOpen && at === words.length - 1;
    if (!mayGoOn && ends[index + at] !== start + it.length) return false;
  }
  return true;
}

/** Literals that stand wherever one of these classes does: in lower case, and long enough to be rare. */
export function literalsOf(classes: readonly WordClass[]): readonly string[] {
  const entries = classes.flatMap((name) => wordClasses[name].split(" "));
  const literals = entries.map((entry) => entry.replace("*", "").replaceAll("_", " "));
  return literals.filter((it) => it.length >= leastLiteral);
}
