import {
  browserActs,
  browserNouns,
  pureVerbs,
  readVerbs,
  sendVerbs,
  writeVerbs,
} from "./lexicon.ts";
import type { ReadDefinition } from "./read-definition.ts";

/** Whether one of the words is in the set. */
export function hasAny(words: readonly string[], set: ReadonlySet<string>): boolean {
  return words.some((word) => set.has(word));
}

/** The first verb says what is done: "list_posts" reads, "post_list" does not. */
export function isReading(words: readonly string[]): boolean {
  const first = firstVerb(words);
  return first !== undefined && readVerbs.has(first);
}

/** The first word that says what is done. */
export function firstVerb(words: readonly string[]): string | undefined {
  return words.find((word) => readVerbs.has(word) || writeVerbs.has(word) || sendVerbs.has(word));
}

/** Works something out of what it is given: "add" does, "add_comment" does not. */
export function isPure([first = "", ...others]: readonly string[]): boolean {
  if (first === "add" && others.length > 0) return false;
  return pureVerbs.has(first) && others.length <= 1;
}

/** A browser carries what is typed to the page. */
export function actsInBrowser(words: readonly string[]): boolean {
  return hasAny(words, browserActs) && hasAny(words, browserNouns);
}

/** Whether it is about a repository somewhere. */
export function namesRepository({ parameters }: ReadDefinition): boolean {
  const names = new Set(parameters.map(({ name }) => name));
  return names.has("owner") && (names.has("repo") || names.has("repository"));
}

/** Whether its caller says where to. */
export function takesUrl({ parameters }: ReadDefinition): boolean {
  return parameters.some(
    ({ words, format, description }) =>
      /^(?:uri|url|iri)$/.test(format) ||
      /^(?:url|urls|href|webhook|website|homepage|hyperlink|weburl)$/.test(words.at(-1) ?? "") ||
      /^(?:the |a |an |target |full |website |web page )*url\b/i.test(description),
  );
}

/** Beginnings of descriptions of what brings something. */
export const readingWords =
  /^\W*(?:this tool |allows you to |used? to )?(?:reads?|gets?|lists?|search(?:es)?|finds?|quer(?:y|ies)|fetch(?:es)?|returns?|retrieves?|shows?|looks? up|loads?|downloads?|exports?|browses?|scrapes?|crawls?)\b/i;
