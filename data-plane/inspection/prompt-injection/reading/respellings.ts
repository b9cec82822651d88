import type { Span } from "../../confirmers.ts";
import { meansSomething } from "../words/words.ts";
import { PlaceTable } from "./place-table.ts";
import { respelledLettersIn, withSignedWords } from "./respelled-letters.ts";

/** What orders to a model are made of: who wants to hide an order writes these words in another way. */
const words: readonly string[] = [
  "ignore",
  "disregard",
  "forget",
  "override",
  "bypass",
  "reveal",
  "instructions",
  "previous",
  "system prompt",
  "password",
];
const misspelled = ["ignore", "disregard", "previous", "instructions", "override"];
/** Between letters that stand alone. */
const separators = [" ", "-", ".", "_", "*", "/", "|"];
/** Signs for letters, where no reader stumbles. */
const signs: Readonly<Record<string, string>> = {
  a: "4@",
  e: "3",
  i: "1!",
  o: "0",
  s: "5$",
  t: "7",
};
const letterOf = new Map(
  Object.entries(signs).flatMap(([letter, all]) => [...all].map((sign) => [sign, letter] as const)),
);

/** Of the five letters that a word begins with, all ways to write some as signs. */
function inSigns(word: string): readonly string[] {
  const beginnings = [...word.slice(0, 5)].reduce<readonly string[]>(
    (begun, letter) =>
      begun.flatMap((it) => [letter, ...(signs[letter] ?? "")].map((sign) => it + sign)),
    [""],
  );
  return beginnings.filter((it) => it !== word.slice(0, 5));
}

/** Two letters that changed places, or one that is gone. The first and the last letter stay. */
function misspellings(word: string): readonly string[] {
  const inner = Array.from({ length: word.length - 2 }, (_, index) => index + 1);
  return inner.flatMap((at) => {
    const gone = word.slice(0, at) + word.slice(at + 1);
    const swapped =
      word.slice(0, at) + (word[at + 1] ?? "") + (word[at] ?? "") + word.slice(at + 2);
    return at + 2 < word.length ? [gone, swapped] : [gone];
  });
}

/** The word that each misspelling is meant for. */
const wordOf = new Map([
  ...misspelled.flatMap((word) => misspellings(word).map((it) => [it, word] as const)),
  ["ignor", "ignore"],
]);

const mirrored = (text: string) => [...text].reverse().join("");

function rotated(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** Where a text may hold such a word in another spelling: literals in lower case. */
export const spellingAnchors: readonly string[] = [
  ...new Set([
    ...words.flatMap(inSigns),
    ...words.flatMap((word) => separators.map((it) => [...word.slice(0, 5)].join(it))),
    ...words.map((word) => [...word.slice(0, 5)].join("  ")),
    ...wordOf.keys(),
    ...["ignore", "previous", "instructions", "disregard"].flatMap((word) => [
      mirrored(word),
      rotated(word),
    ]),
  ]),
];

const anySign = /[013457@$!]/;
const signBetween = /[a-z][013457@$!]{1,3}[a-z]/i;
const allSigns = /[013457@$!]/g;
const spaced = /(?<![A-Za-z])[A-Za-z](?:[ .*_/|-]{1,5}[A-Za-z](?![A-Za-z])){4,200}/g;
const anyWord = /[a-z]{5,13}/gi;

/** What a text must hold to be read in these ways. */
export const respelledWords = {
  misspelled: new RegExp([...wordOf.keys()].join("|"), "i"),
  mirrored: /erongi|suoiverp|snoitcurtsni|dragersid/i,
  rotated: /vtaber|cerivbhf|vafgehpgvbaf|qvfertneq/i,
} as const;

type RespelledName = keyof typeof respelledWords;

/** Another way to read a text. */
export interface Respelling {
  readonly text: string;
  /** Where a part of the text is there. */
  readonly spanOf: (span: Span) => Span;
}

/**
 * Other ways to read a text: without signs for letters, without what stands between single letters, with typing errors
 * corrected, backward, and rotated by thirteen. None, where none differs. `mayHold`: which of {@link respelledWords}.
 */
export function respellings(
  text: string,
  mayHold: (name: RespelledName) => boolean,
): readonly Respelling[] {
  const readings: Respelling[] = [];
  const { signs, singles } = respelledLettersIn(text);
  const add = (changed: string, spanOf: Respelling["spanOf"]) => {
    if (changed !== text) readings.push({ text: changed, spanOf });
  };
  if (signs) add(withSignedWords(text, withoutSigns), asItIs);
  if (singles) readings.push(...edited(text, spaced, withoutGaps));
  const holds = (name: RespelledName) => mayHold(name) && respelledWords[name].test(text);
  if (holds("misspelled")) {
    readings.push(...edited(text, anyWord, (it) => wordOf.get(it.toLowerCase()) ?? it));
  }
  if (holds("mirrored")) add(mirrored(text), mirroredIn(text));
  if (holds("rotated")) add(rotated(text), asItIs);
  return readings;
}

const asItIs = (span: Span) => span;
const mirroredIn =
  ({ length }: string) =>
  ({ start, end }: Span) => ({ start: length - end, end: length - start });

/** With each match as something else. Nothing, where none changes. */
function edited(
  text: string,
  pattern: RegExp,
  change: (part: string) => string,
): readonly Respelling[] {
  const parts: string[] = [];
  const edits = new PlaceTable();
  let from = 0;
  for (const { 0: part, index } of text.matchAll(pattern)) {
    const changed = change(part);
    if (changed === part) continue;
    parts.push(text.slice(from, index), changed);
    from = index + part.length;
    edits.add(from, changed.length - part.length);
  }
  if (parts.length === 0) return [];
  parts.push(text.slice(from));
  return [{ text: parts.join(""), spanOf: (span) => edits.spanOf(span) }];
}

/** Names such as "utf8" and "v1" are no words without their signs, either, and stay; so do addresses of mail. */
function withoutSigns(word: string, at: number, text: string): string {
  if (!anySign.test(word)) return word;
  const plain = word.replaceAll(allSigns, (sign) => letterOf.get(sign) ?? sign);
  if (meansSomething(plain.toLowerCase())) return plain;
  return signBetween.test(word) && !isOfMailAddress(word, at, text) ? plain : word;
}

const aroundHost = /^[a-z]{1,24}@[a-z]{2,24}$/i;
const domain = /\.[a-z]{2}/iy;

/** Whether it is what stands around the sign of an address: "@" is the only one, and a domain goes on behind. */
function isOfMailAddress(word: string, at: number, text: string): boolean {
  domain.lastIndex = at + word.length;
  return aroundHost.test(word) && domain.test(text);
}

/** Where there are gaps of two kinds, the rarer one is between words. */
function withoutGaps(letters: string): string {
  const gaps = letters.match(/[^A-Za-z]{1,5}/g) ?? [];
  const [first = ""] = gaps;
  const usual = gaps.filter((gap) => gap === first).length * 2 >= gaps.length ? first : undefined;
  return letters.replaceAll(/[^A-Za-z]{1,5}/g, (gap) =>
    usual === undefined || gap === usual ? "" : " ",
  );
}
