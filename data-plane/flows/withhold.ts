import { textAt, type WithheldText, withheld } from "../call/without-secrets.ts";
import type { Flowing } from "./call-traces.ts";

/** Whether texts hold a secret that was read: by their places among them. */
export type SecretFinder = (texts: readonly string[]) => ReadonlySet<number>;

const maxTexts = 100;
const longestText = 16_384;
const maxWords = 2_048;

/**
 * What is shown of the texts of a call that hold secrets which were read before: without the words that are or hold one. Where
 * no single word does (it is spelled, split or reversed) and where there are too many to look at, nothing is shown of the text.
 */
export function withholdSecrets(
  said: unknown,
  flowing: readonly Flowing[],
  find: SecretFinder,
): readonly WithheldText[] {
  const places = flowing.filter(({ evidence }) => evidence === "private-secret");
  const pointers = [...new Set(places.map(({ pointer }) => pointer))].filter((it) => it !== "");
  return pointers.map((pointer, index) => ({
    pointer,
    shown: index < maxTexts ? shownOf(textAt(said, pointer), find) : withheld,
  }));
}

function shownOf(text: string | undefined, find: SecretFinder): string {
  if (text === undefined || text.length > longestText) return withheld;
  const words = text.split(/(\s+)/);
  if (words.length > maxWords) return withheld;
  const found = find(words);
  const shown = words.map((word, index) => (found.has(index) ? withheld : word)).join("");
  return found.size > 0 && find([shown]).size === 0 ? shown : withheld;
}
