import {
  featuresOfWord,
  fewestWords,
  wordsTogether,
} from "../../data-plane/inspection/prompt-injection/wording/wording-reader.ts";
import { type RandomNumbers, randomNumbers } from "../support/random-numbers.ts";
import type { Features } from "./features.ts";
import { Regression, type Sample } from "./regression.ts";

export interface LearnedText {
  readonly features: Features;
  readonly isInjected: boolean;
  /** For how many it counts. */
  readonly weight: number;
}

const seed = 7;
const passes = 4;
/** In how many an injected text is learned from. */
const contexts = 6;
const rounds = 6;
const samplesOfHonest = 8;
/** Scores from which on honest words are learned from again. */
const hard = -2;

/**
 * Learns which words injected orders have and honest texts have not. Of an injected text it is not known which words are the
 * order: those that score best, seen with what was learned before (multiple-instance learning). Honest words that score high are learned from once more.
 */
export function learnWording(texts: readonly LearnedText[]): Regression {
  const long = texts.filter(({ features }) => wordsOf(features) >= fewestWords);
  const honest = long.filter(({ isInjected }) => !isInjected);
  const injected = long.filter(({ isInjected }) => isInjected);
  const random = randomNumbers(seed);
  const all = [...injected, ...injected.flatMap((it) => amongHonest(it, honest, random))];
  const regression = new Regression();
  const negatives = honest.flatMap((it) => someOf(it, random));
  let positives = injected
    .filter(({ features }) => wordsOf(features) <= 2.5 * wordsTogether)
    .map((it) => sampleOf(it, Math.min(wordsTogether, wordsOf(it.features))));
  for (let pass = 0; pass < passes; pass += 1) {
    regression.forget();
    regression.learn([...positives, ...negatives], rounds);
    positives = all.map((it) => sampleOf(it, regression.best(it.features).to));
    for (const text of honest) negatives.push(...hardOf(text, regression));
  }
  return regression;
}

/** An injected text as it is met: between honest words, every time between others. */
function amongHonest(
  text: LearnedText,
  honest: readonly LearnedText[],
  random: RandomNumbers,
): readonly LearnedText[] {
  const some = () => someWordsOf(honest[random(honest.length)], random);
  return Array.from({ length: contexts }, () => ({
    ...text,
    features: Int32Array.from([...some(), ...text.features, ...some()]),
  }));
}

function someWordsOf(text: LearnedText | undefined, random: RandomNumbers): Features {
  if (!text) return new Int32Array();
  const words = wordsOf(text.features);
  const from = random(Math.max(1, words - wordsTogether));
  return text.features.slice(featuresOfWord * from, featuresOfWord * (from + wordsTogether));
}

const wordsOf = (features: Features) => features.length / featuresOfWord;

function sampleOf({ features, isInjected, weight }: LearnedText, to: number): Sample {
  return { features, from: Math.max(0, to - wordsTogether), to, isInjected, weight };
}

function someOf(text: LearnedText, random: RandomNumbers): readonly Sample[] {
  const words = wordsOf(text.features);
  const count = Math.min(samplesOfHonest, 2 * Math.ceil(words / wordsTogether));
  return Array.from({ length: count }, () => {
    const to = wordsTogether + random(Math.max(1, words - wordsTogether));
    return sampleOf(text, Math.min(to, words));
  });
}

function hardOf(text: LearnedText, regression: Regression): readonly Sample[] {
  const found: Sample[] = [];
  let next = 0;
  for (const [word, score] of regression.scores(text.features).entries()) {
    if (word < next || score < hard) continue;
    found.push(sampleOf(text, word + 1));
    next = word + wordsTogether / 2;
  }
  return found;
}
