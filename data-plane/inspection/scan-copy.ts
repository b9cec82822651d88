import { latinFor } from "../../core/text/look-alikes.ts";
import { isPlainAscii, reveal } from "./hidden-characters.ts";

/** Words of both: nobody who writes Russian or Greek puts Latin letters into its words. */
const mixedWord =
  /[A-Za-z]*[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}ıɑɡℼ℮ⅰ-ⅿ]+[A-Za-z][\p{L}]*|[A-Za-z]+[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}ıɑɡ℮ⅰ-ⅿ]+[\p{L}]*/gu;

/**
 * The text as a reader takes it who does not see what is invisible and takes look-alikes for letters. The same text, where
 * there is nothing of both. Tag characters become the letters that they stand for.
 */
export function scanCopy(text: string): string {
  if (isPlainAscii(text)) return text;
  const spelled = text.replaceAll(/[\u{e0020}-\u{e007e}]{1,4096}/gu, spellTags);
  const plain = reveal(spelled);
  return plain.replaceAll(mixedWord, (word) =>
    word.replaceAll(/[\u{80}-\u{10ffff}]/gu, (letter) => latinFor.get(letter) ?? letter),
  );
}

/** Set apart by blanks: tags hang on a visible character, which is no part of their words. */
function spellTags(tags: string): string {
  const letters = [...tags].map((tag) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000));
  return ` ${letters.join("")} `;
}
