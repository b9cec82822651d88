import { latinFor } from "../../core/text/look-alikes.ts";
import { isPlainAscii, reveal } from "./hidden-characters.ts";

const otherScript =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\u0131\u0251\u0261\u213c\u212e\u2170-\u217f]/u;
const word = /[\p{L}\u212e\u2170-\u217f]+/gu;
const latin = /[A-Za-z]/;

/**
 * The text as a reader takes it who does not see what is invisible and takes look-alikes for letters. The same text, where
 * there is nothing of both. Tag characters become the letters that they stand for.
 */
export function scanCopy(text: string): string {
  if (isPlainAscii(text)) return text;
  const spelled = text.replaceAll(/[\u{e0020}-\u{e007e}]{1,4096}/gu, spellTags);
  const plain = reveal(spelled);
  return otherScript.test(plain) ? plain.replaceAll(word, inLatin) : plain;
}

/** Words of both: nobody who writes Russian or Greek puts Latin letters into its words. */
function inLatin(letters: string): string {
  if (!latin.test(letters) || !otherScript.test(letters)) return letters;
  return letters.replaceAll(/[\u{80}-\u{10ffff}]/gu, (letter) => latinFor.get(letter) ?? letter);
}

/** Set apart by blanks: tags hang on a visible character, which is no part of their words. */
function spellTags(tags: string): string {
  const letters = [...tags].map((tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000));
  return ` ${letters.join("")} `;
}
