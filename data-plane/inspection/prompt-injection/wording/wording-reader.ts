import { noWord, sentenceEndHash } from "./word-slots.ts";
import type { WordingTable } from "./wording-table.ts";

/** How many words are weighed together. */
export const wordsTogether = 28;
/** Fewer say nothing. */
export const fewestWords = 6;
/** What each word adds: itself, and what it is behind the one before it. */
export const featuresOfWord = 2;
/** Of one run of words that score the same, every so many are a place of their own. */
const apart = wordsTogether / 2;
/** A block has no room for more. */
const mostPlaces = 1_024;

/** How much some words are worded as injected orders are, from hardly to beyond doubt. */
export const likenesses = ["faint", "clear", "strong"] as const;
export type Likeness = (typeof likenesses)[number];

/** Logarithms of the odds, as they are learned. Chosen by what honest texts score that were not learned from. */
const leastScores: Readonly<Record<Likeness, number>> = { faint: 1.3, clear: 1.6, strong: 2.7 };

/** From … to …, in characters, in order. */
export type WordedPlaces = readonly number[];
export type Worded = Readonly<Record<Likeness, WordedPlaces>>;

/**
 * Weighs the words of a text, each with those before it: a logistic regression over words and pairs of words, summed over
 * a window that moves from word to word. One addition, one subtraction and one look into a table for each.
 */
export class WordingReader {
  readonly #table: WordingTable;
  /** For each number of words the least sum of each likeness. */
  readonly #limits: readonly Int32Array[];
  /** Of the last words: what each weighs, and where it begins. */
  readonly #weights = new Int32Array(wordsTogether);
  readonly #starts = new Int32Array(wordsTogether);
  readonly #places: number[][] = [];
  /** Of each likeness the word behind which the last place ends. */
  readonly #lastAt: number[] = [];
  #sum = 0;
  #count = 0;
  #previous = noWord;

  constructor(table: WordingTable) {
    this.#table = table;
    this.#limits = likenesses.map((it) => limitsOf((leastScores[it] - table.bias) / table.step));
  }

  begin(): void {
    for (const [number] of likenesses.entries()) {
      this.#places[number] = [];
      this.#lastAt[number] = -apart;
    }
    this.#sum = 0;
    this.#count = 0;
    this.#previous = noWord;
  }

  /** A word by its hash. */
  add(hash: number, start: number, end: number): void {
    const weight = this.#table.weightOf(hash, this.#previous);
    this.#previous = hash;
    const index = this.#count % wordsTogether;
    if (this.#count >= wordsTogether) this.#sum -= this.#weights[index] as number;
    this.#sum += weight;
    this.#weights[index] = weight;
    this.#starts[index] = start;
    this.#count += 1;
    const limits = this.#limits[0] as Int32Array;
    const words = Math.min(this.#count, wordsTogether);
    if (this.#sum >= (limits[words] as number)) this.#note(words, end);
  }

  /** A sentence ends: several ends are one. */
  end(at: number): void {
    if (this.#previous !== sentenceEndHash) this.add(sentenceEndHash, at, at);
  }

  /** Of the text that was read last. */
  places(): Worded {
    const [faint = [], clear = [], strong = []] = this.#places;
    return { faint, clear, strong };
  }

  #note(words: number, end: number): void {
    const first = this.#count <= wordsTogether ? 0 : this.#count % wordsTogether;
    for (const [number, limits] of this.#limits.entries()) {
      if (this.#sum < (limits[words] as number)) return;
      const places = this.#places[number] as number[];
      if (this.#count - (this.#lastAt[number] as number) < apart) continue;
      if (places.length >= 2 * mostPlaces) continue;
      this.#lastAt[number] = this.#count;
      places.push(this.#starts[first] as number, end);
    }
  }
}

/** Sums are compared as they are: a score is one divided by the root of how many weights it is of. */
function limitsOf(least: number): Int32Array {
  return Int32Array.from({ length: wordsTogether + 1 }, (_, words) =>
    words < fewestWords ? 0x7fffffff : Math.ceil(least * Math.sqrt(words * featuresOfWord)),
  );
}
