import { maxTextLength } from "../../core/pins/pin-store.ts";
import type { Suspicions } from "./find-suspicions.ts";

const maxDepth = 100;
const maxNodes = 100_000;
/** The longest description of 1,399 real tools has 3.9 K characters; one in a hundred has more than 2.5 K. */
const longText = 4_000;
/** What stands behind so much white space is not on the screen of whoever reads. */
const offScreen = /[\s\u00ad\u115f\u1160\u200b-\u200f\u2060\u2800\u3164\ufeff\uffa0]{41}/;
/** In HTML, and in Markdown. */
const comment = /<!--|^[ \t]{0,3}\[\/\/\]:|^[ \t]{0,3}\[comment\]:/im;
/** Text that a page is told not to show. */
const unshown =
  /style\s{0,3}=\s{0,3}.{0,80}(?:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0(?![.\d])|opacity\s{0,3}:\s{0,3}0(?![.\d]))/i;
/** As long as a sentence, and no word of any language; mails break it into lines of 76. */
const leastEncoded = 72;
/** As no word is written: signs or digits among letters, or capitals behind small ones. */
const strange = /[a-z][A-Z]|[A-Z]{2}[a-z]|\d[A-Za-z]|[A-Za-z]\d|[+/]/;
const encoded = /(?:[A-Za-z0-9+/]{4}){18}/;

/**
 * What is odd about a definition, whatever it says: text where nobody looks, text that nobody can read, and more of it than people
 * read. Every string counts, names of parameters too.
 */
export function findOddities(said: Readonly<Record<string, unknown>>): Suspicions {
  const looked = new OddityWalk();
  looked.walk(said, 0);
  const grave = [
    ...(looked.isUnfinished ? ["too large to be shown whole"] : []),
    ...(looked.found.has("off-screen") ? ["hides text behind white space"] : []),
    ...(looked.found.has("comment") ? ["hides text in a comment"] : []),
    ...(looked.found.has("unshown") ? ["hides text by its style"] : []),
  ];
  const slight = [
    ...(looked.found.has("long") ? [`has a text of more than ${longText} characters`] : []),
    ...(looked.found.has("encoded") ? ["has encoded text"] : []),
  ];
  return { marks: [...grave, ...slight], isGrave: grave.length > 0 };
}

class OddityWalk {
  readonly found = new Set<"off-screen" | "comment" | "unshown" | "long" | "encoded">();
  #nodes = 0;
  #length = 0;
  #isTooDeep = false;

  get isUnfinished(): boolean {
    return this.#isTooDeep || this.#nodes > maxNodes || this.#length > maxTextLength;
  }

  walk(value: unknown, depth: number): void {
    this.#nodes += 1;
    if (typeof value === "string") this.#look(value);
    if (typeof value !== "object" || value === null || this.isUnfinished) return;
    if (depth >= maxDepth) {
      this.#isTooDeep = true;
      return;
    }
    for (const [key, entry] of Object.entries(value)) {
      this.#look(key);
      this.walk(entry, depth + 1);
    }
  }

  #look(text: string): void {
    this.#length += text.length;
    if (text.length > longText) this.found.add("long");
    if (offScreen.test(text) && text.trim() !== "") this.found.add("off-screen");
    if (comment.test(text)) this.found.add("comment");
    if (unshown.test(text)) this.found.add("unshown");
    if (isEncoded(text)) this.found.add("encoded");
  }
}

/** Addresses of images hold their bytes: a model does not read them. */
function isEncoded(text: string): boolean {
  if (/^data:image\/[\w.+-]+;base64,/.test(text)) return false;
  return encoded.test(text) || isEncodedInPieces(text);
}

/** Whether as much stands in short lines, or in words: groups of four letters each. */
function isEncodedInPieces(text: string): boolean {
  let length = 0;
  for (const [word] of text.matchAll(/\S+/g)) {
    if (word.length % 4 !== 0 || !/^[A-Za-z0-9+/]+$/.test(word)) length = 0;
    else if (strange.test(word)) length += word.length;
    if (length >= leastEncoded) return true;
  }
  return false;
}
