import { bitsOfSlot } from "../../data-plane/inspection/prompt-injection/wording/word-slots.ts";
import {
  featuresOfWord,
  fewestWords,
  wordsTogether,
} from "../../data-plane/inspection/prompt-injection/wording/wording-reader.ts";
import { type RandomNumbers, randomNumbers } from "../support/random-numbers.ts";
import { type Features, noSlot } from "./features.ts";

/** Words of a text that are judged together. */
export interface Sample {
  readonly features: Features;
  /** Of its words, the first and the one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly isInjected: boolean;
  /** For how many it counts. */
  readonly weight: number;
}

/** How some words of a text score, and behind which word they end. */
export interface Scored {
  readonly score: number;
  readonly to: number;
}

const seed = 7;
const rate = 0.3;
const decay = 3e-4;
/** No word decides alone, however often it stands there. */
const largest = 3;
const biasRate = 0.002;
const firstBias = -3;
const firstSquares = 1e-3;

/** Logistic regression, learned step by step with a rate of its own for each weight (Duchi, Hazan, Singer 2011: AdaGrad). */
export class Regression {
  bias = firstBias;
  readonly weights = new Float32Array(1 << bitsOfSlot);
  readonly #squares = new Float32Array(1 << bitsOfSlot).fill(firstSquares);

  forget(): void {
    this.bias = firstBias;
    this.weights.fill(0);
    this.#squares.fill(firstSquares);
  }

  learn(samples: readonly Sample[], rounds: number): void {
    const random = randomNumbers(seed);
    const order = [...samples];
    for (let round = 0; round < rounds; round += 1) {
      shuffle(order, random);
      for (const sample of order) this.#learnOne(sample);
    }
  }

  /** The scores of all windows of a text that end behind each word. */
  scores(features: Features): Float32Array {
    const words = features.length / featuresOfWord;
    const scores = new Float32Array(words).fill(Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (let word = 0; word < words; word += 1) {
      sum += this.#weightOf(features, word);
      if (word >= wordsTogether) sum -= this.#weightOf(features, word - wordsTogether);
      const count = Math.min(word + 1, wordsTogether);
      if (count >= fewestWords) scores[word] = sum * scaleOf(count) + this.bias;
    }
    return scores;
  }

  best(features: Features): Scored {
    let best = { score: Number.NEGATIVE_INFINITY, to: 0 };
    for (const [word, score] of this.scores(features).entries()) {
      if (score > best.score) best = { score, to: word + 1 };
    }
    return best;
  }

  #weightOf(features: Features, word: number): number {
    const at = word * featuresOfWord;
    return this.#at(features[at] as number) + this.#at(features[at + 1] as number);
  }

  #learnOne({ features, from, to, isInjected, weight }: Sample): void {
    const scale = scaleOf(to - from);
    const begin = from * featuresOfWord;
    const end = to * featuresOfWord;
    let sum = 0;
    for (let at = begin; at < end; at += 1) sum += this.#at(features[at] as number);
    const chance = 1 / (1 + Math.exp(-(sum * scale + this.bias)));
    const error = (chance - (isInjected ? 1 : 0)) * weight;
    this.bias -= biasRate * error;
    for (let at = begin; at < end; at += 1) this.#move(features[at] as number, error * scale);
  }

  #at(feature: number): number {
    return feature === noSlot ? 0 : (this.weights[feature] as number);
  }

  #move(feature: number, slope: number): void {
    if (feature === noSlot) return;
    const old = this.weights[feature] as number;
    const step = slope + decay * old;
    const squares = (this.#squares[feature] as number) + step * step;
    this.#squares[feature] = squares;
    const next = old - (rate * step) / Math.sqrt(squares);
    this.weights[feature] = Math.max(-largest, Math.min(largest, next));
  }
}

const scaleOf = (words: number) => 1 / Math.sqrt(words * featuresOfWord);

function shuffle<Item>(items: Item[], random: RandomNumbers): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random(last + 1);
    const item = items[last] as Item;
    items[last] = items[other] as Item;
    items[other] = item;
  }
}
