import { readFileSync } from "node:fs";
import { bitsOfSlot, noWord, slotOf, slotOfPair } from "./word-slots.ts";

/** What is learned, by `npm run train:wording`: how much more often words, and words behind others, stand in injected orders than in honest texts. */
export interface WordingWeights {
  /** The logarithm of the odds of a text of which no word tells anything. */
  readonly bias: number;
  /** What one step of a weight is worth. */
  readonly step: number;
  /** One signed byte for each slot, in base64. */
  readonly weights: string;
}

/** Knows what each word weighs alone and behind another. */
export class WordingTable {
  readonly bias: number;
  readonly step: number;
  readonly #weights: Int8Array;

  constructor({ bias, step, weights }: WordingWeights) {
    this.bias = bias;
    this.step = step;
    this.#weights = new Int8Array(Buffer.from(weights, "base64"));
    if (this.#weights.length !== 1 << bitsOfSlot) {
      throw new Error("the table of wording has not as many weights as there are slots");
    }
  }

  /** Of a word by its hash, in steps. */
  weightOf(hash: number, previous: number): number {
    const alone = this.#weights[slotOf(hash)] as number;
    if (previous === noWord) return alone;
    return alone + (this.#weights[slotOfPair(previous, hash)] as number);
  }
}

/** The one that comes with the product. */
export function readWordingTable(): WordingTable {
  const file = new URL("./wording-weights.json", import.meta.url);
  return new WordingTable(JSON.parse(readFileSync(file, "utf8")) as WordingWeights);
}
