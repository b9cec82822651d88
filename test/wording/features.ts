import { forEachWordIn } from "../../data-plane/inspection/prompt-injection/wording/weighed-words.ts";
import {
  hashOfWord,
  noWord,
  sentenceEndHash,
  slotOf,
  slotOfPair,
} from "../../data-plane/inspection/prompt-injection/wording/word-slots.ts";

/** A text as the slots of its words: two for each word. The second of the first word is {@link noSlot}. */
export type Features = Int32Array;
export const noSlot = -1;

export function featuresOf(text: string): Features {
  const features: number[] = [];
  let previous = noWord;
  const add = (hash: number) => {
    features.push(slotOf(hash), previous === noWord ? noSlot : slotOfPair(previous, hash));
    previous = hash;
  };
  forEachWordIn(text, {
    onWord: (word) => add(hashOfWord(word)),
    onEnd: () => {
      if (previous !== sentenceEndHash) add(sentenceEndHash);
    },
  });
  return Int32Array.from(features);
}
