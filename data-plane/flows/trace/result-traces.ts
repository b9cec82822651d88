import type { Cuts } from "./cuts.ts";
import type { FoldedText } from "./folded-text.ts";
import type { KeyedDigests } from "./keyed-digests.ts";
import { maxValuesOfText, namedValuesIn } from "./named-values.ts";
import type { Piece } from "./pieces.ts";
import { isSecretWord, secretWordsIn } from "./secret-words.ts";
import { gramLength, isVaried, shingleLength, type Winnowing } from "./shingles.ts";
import { isOddAsAWhole, tokenStretches } from "./token-parts.ts";
import { foldedOf, type Trace, TraceBatch } from "./trace-batch.ts";

const maxTextTraces = 4_096;
const maxCellTraces = 2_048;
const maxSecretTraces = 2_048;
const maxValues = 2_048;
const maxSecrets = 1_024;
/** Of longer ones a part is odd, or they are none. */
const longestRun = 64;
const longestSecret = 16_384;
const shortestWord = 6;
/** So many letters of one kind are no word. */
const leastOfWords = 16;

/** Of so many neighbours one is chosen. In short results nothing is to be saved. */
const window = 24;
const windowOfShort = 8;
const shortText = 256;
const windowOfTokens = 4;

/** Nothing is to be said of a trace but itself. */
const nothing = undefined;

/** Makes the traces of one result. */
export class ResultTraces {
  readonly #batch: TraceBatch<undefined, Trace>;
  readonly #winnowing: Winnowing;
  readonly #cuts: Cuts;

  constructor(digests: KeyedDigests, winnowing: Winnowing, cuts: Cuts) {
    this.#batch = new TraceBatch(digests, (trace) => trace);
    this.#winnowing = winnowing;
    this.#cuts = cuts;
  }

  of(pieces: readonly Piece[], secrets: readonly string[]): readonly Trace[] {
    const text = foldedOf(pieces);
    this.#addShingles(text);
    this.#addCells(text);
    this.#addTokens(text);
    this.#addSecrets(secrets);
    this.#addValues(pieces);
    return this.#batch.take();
  }

  #addShingles({ units, length }: FoldedText): void {
    const places = this.#winnowing
      .choose(units, [0, length], {
        length: shingleLength,
        window: length <= shortText ? windowOfShort : window,
      })
      .filter((place) => isVaried(units, place, shingleLength));
    // Every n-th: what is kept lies as evenly as what was chosen.
    const step = Math.max(1, Math.ceil(places.length / maxTextTraces));
    if (step > 1) this.#cuts.note("traces");
    for (let index = 0; index < places.length; index += step) {
      const place = places[index] as number;
      this.#batch.addUnits("text", units, [place, place + shingleLength], nothing);
    }
  }

  #addCells({ units, cells }: FoldedText): void {
    const step = 2 * Math.max(1, Math.ceil(cells.length / 2 / maxCellTraces));
    if (step > 2) this.#cuts.note("values");
    for (let index = 0; index < cells.length; index += step) {
      const cell = [cells[index] as number, cells[index + 1] as number] as const;
      this.#batch.addUnits("text", units, cell, nothing);
    }
  }

  #addTokens({ units, runs }: FoldedText): void {
    let left = maxSecretTraces;
    for (let index = 0; index < runs.length && left > 0; index += 2) {
      const run = [runs[index] as number, runs[index + 1] as number] as const;
      const parts = this.#addParts(units, run, left);
      left -= parts;
      if (parts > 0 || run[1] - run[0] > longestRun || !isOddAsAWhole(units, ...run)) continue;
      this.#batch.addUnits("secret", units, run, nothing);
      left -= 1;
    }
    if (left <= 0) this.#cuts.note("traces");
  }

  /** Parts of what looks like a token: a part of it that leaks is a leak. Returns how many. */
  #addParts(units: Uint16Array, [start, end]: readonly [number, number], most: number): number {
    let count = 0;
    for (const stretch of tokenStretches(units, start, end)) {
      const options = { length: gramLength, window: windowOfTokens };
      for (const place of this.#winnowing.choose(units, stretch, options)) {
        if (count >= most) return count;
        this.#batch.addUnits("secret", units, [place, place + gramLength], nothing);
        count += 1;
      }
    }
    return count;
  }

  #addSecrets(secrets: readonly string[]): void {
    if (secrets.length > maxSecrets) this.#cuts.note("values");
    for (const secret of secrets.slice(0, maxSecrets)) {
      if (secret.length > longestSecret) this.#cuts.note("characters");
      const { units, length } = foldedOf([{ text: secret.slice(0, longestSecret) }]);
      this.#addParts(units, [0, length], maxSecretTraces);
      // What looks like a word of prose stands in too many texts.
      if (isSecretWord(secret) || length >= leastOfWords) {
        this.#batch.addUnits("secret", units, [0, length], nothing);
      }
      for (const word of secretWordsIn(secret)) this.#addWord(word);
    }
  }

  #addWord(word: string): void {
    const { units, length } = foldedOf([{ text: word }]);
    if (length >= shortestWord) this.#batch.addUnits("secret", units, [0, length], nothing);
  }

  #addValues(pieces: readonly Piece[]): void {
    let left = maxValues;
    for (const { text } of pieces) {
      const values = namedValuesIn(text);
      if (values.length >= maxValuesOfText || values.length > left) this.#cuts.note("values");
      for (const { kind, value } of values.slice(0, left)) {
        this.#batch.addText(kind, value, nothing);
      }
      left -= values.length;
      if (left <= 0) return;
    }
  }
}
