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

/** Whole words, with the mark behind a sentence. A line that ends in the middle of one does not end the sentence. */
const word =
  /[a-z]{1,8}n't|[a-z0-9\u00b5-\u02ff\u0370-\u1fff\u3040-\uffef]+|[.!?;](?:\s|$)|\n\s*[\n*#>|-]/g;
const wordsOf = (text: string): readonly string[] =>
  text.toLowerCase().replaceAll("’", "'").match(word) ?? [];

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
  const words = wordsOf(entry.replaceAll("_", " ").replace("*", ""));
  const [first = ""] = words;
  if (words.length > 1) put(phrases, first, { words, isOpen, set });
  else if (isOpen) put(stems, beginningOf(first), { words, isOpen, set });
  else exact.set(first, (exact.get(first) ?? 0) | set);
}

function put<Key>(map: Map<Key, Known[]>, key: Key, known: Known): void {
  map.set(key, [...(map.get(key) ?? []), known]);
}

/** What the words of a text mean, in order: for each its classes, and between sentences a mark. */
export interface Said {
  readonly sets: readonly ClassSet[];
  /** All that is said. */
  readonly union: ClassSet;
}

export const nothingSaid: Said = { sets: [], union: 0 };

export function saidIn(text: string): Said {
  const words = wordsOf(text);
  const sets: ClassSet[] = [];
  let union = 0;
  for (let index = 0; index < words.length; index += 1) {
    const { set: alone, beginsPhrase } = meaningOf(words[index] as string);
    const set = beginsPhrase ? alone | meaningOfPhrases(words, index) : alone;
    if (set !== sentenceEnd) union |= set;
    sets.push(set);
  }
  return { sets, union };
}

const endMarks = new Set([".", "!", "?", ";", "\n"]);

interface Meaning {
  readonly set: ClassSet;
  /** With what comes behind it, the word may mean more. */
  readonly beginsPhrase: boolean;
}

/** What words mean that were met: the same few are most of any text. */
const meanings = new Map<string, Meaning>();
const mostMeanings = 20_000;

function meaningOf(it: string): Meaning {
  const known = meanings.get(it);
  if (known) return known;
  if (meanings.size >= mostMeanings) meanings.clear();
  const meaning = { set: setOfWord(it), beginsPhrase: phrases.has(it) };
  // Longer ones would keep the texts that they are of.
  if (it.length <= 12) meanings.set(it, meaning);
  return meaning;
}

function setOfWord(it: string): ClassSet {
  if (endMarks.has(it.charAt(0))) return sentenceEnd;
  let set = exact.get(it) ?? 0;
  for (const stem of stems.get(beginningOf(it)) ?? []) {
    if (it.startsWith(stem.words[0] as string)) set |= stem.set;
  }
  return set;
}

/** Whether a word, in lower case, is one of those that mean something. */
export function meansSomething(it: string): boolean {
  const { set, beginsPhrase } = meaningOf(it);
  return set !== 0 || beginsPhrase;
}

function meaningOfPhrases(words: readonly string[], index: number): ClassSet {
  let set = 0;
  for (const phrase of phrases.get(words[index] as string) ?? []) {
    if (isPhraseAt(phrase, words, index)) set |= phrase.set;
  }
  return set;
}

function isPhraseAt({ words: wanted, isOpen }: Known, words: readonly string[], index: number) {
  const last = wanted.length - 1;
  return wanted.every((it, at) => {
    const found = words[index + at];
    return found === it || (isOpen && at === last && found?.startsWith(it) === true);
  });
}

/** Literals that stand wherever one of these classes does: in lower case, and long enough to be rare. */
export function literalsOf(classes: readonly WordClass[]): readonly string[] {
  const entries = classes.flatMap((name) => wordClasses[name].split(" "));
  const literals = entries.map((entry) => entry.replace("*", "").replaceAll("_", " "));
  return literals.filter((it) => it.length >= leastLiteral);
}
