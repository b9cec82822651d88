/** Scripts whose letters take another shape, or break their lines, by the characters between them. */
const joiningLetter =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Tibetan}\p{Script=Myanmar}\p{Script=Khmer}]/u;
const unspacedLetter =
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const rightToLeftLetter = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;
const letter = /\p{L}/u;
const mark = /\p{M}/u;
const emojiEnd = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u;
const pictograph = /\p{Extended_Pictographic}/u;
const emoji = /\p{Emoji}/u;
const keycapBase = /[0-9#*]/;
const symbolOrHan =
  /[\p{So}\p{Sm}\p{Po}\p{Script=Han}\p{Script=Myanmar}\p{Script=Phags_Pa}\p{Script=Manichaean}]/u;
const han = /\p{Script=Han}/u;
const mongolian = /\p{Script=Mongolian}/u;
const jamo = /\p{Script=Hangul}/u;

/** England, Scotland and Wales: the only flags that emoji spell with tag characters. */
const flags = new Set(
  ["gbeng", "gbsct", "gbwls"].map((name) =>
    [...name, "\u007f"].map((it) => String.fromCodePoint(0xe0000 + it.charCodeAt(0))).join(""),
  ),
);
const blackFlag = "\u{1f3f4}";
const longestLegitimate = 12;

/** What stands around a run of invisible characters. "" at the ends of the text. */
interface Surroundings {
  readonly before: string;
  readonly after: string;
}

/**
 * Whether a run of invisible characters is one that a script or an emoji needs in this place.
 * Scripts need single ones: a longer run carries something else.
 */
export function isLegitimate(text: string, start: number, end: number): boolean {
  if (end - start > longestLegitimate) return false;
  const run = text.slice(start, end);
  const around = { before: characterBefore(text, start), after: characterAt(text, end) };
  if (run === "\ufe0f\u200d" || run === "\ufe0e\u200d") {
    return emoji.test(around.before) && pictograph.test(around.after);
  }
  if (around.before === blackFlag && flags.has(run)) return true;
  if (around.before === blackFlag && flags.has(run.slice(0, -1)) && run.endsWith("\u200d")) {
    return pictograph.test(around.after);
  }
  const single = String.fromCodePoint(run.codePointAt(0) ?? 0) === run;
  return single && isNeeded(run, around);
}

function isNeeded(character: string, around: Surroundings): boolean {
  switch (character) {
    case "\ufeff":
      return around.before === "";
    case "\u00ad":
      return letter.test(around.before) && letter.test(around.after);
    case "\u034f":
      return mark.test(around.before);
    case "\u061c":
    case "\u200e":
    case "\u200f":
      return rightToLeftLetter.test(around.before) || rightToLeftLetter.test(around.after);
    case "\u115f":
    case "\u1160":
      return jamo.test(around.before) || jamo.test(around.after);
    case "\u200b":
      return unspacedLetter.test(around.before) && unspacedLetter.test(around.after);
    case "\u200c":
      return joiningLetter.test(around.before);
    case "\u200d":
      return (
        joiningLetter.test(around.before) ||
        (emojiEnd.test(around.before) && pictograph.test(around.after))
      );
    default:
      return isVariationOf(character.codePointAt(0) ?? 0, around);
  }
}

function isVariationOf(selector: number, { before, after }: Surroundings): boolean {
  if (selector >= 0xe0100 && selector <= 0xe01ef) return han.test(before);
  if (selector >= 0x180b && selector <= 0x180f) return mongolian.test(before);
  if (selector < 0xfe00 || selector > 0xfe0f) return false;
  if (keycapBase.test(before)) return selector >= 0xfe0e && after === "\u20e3";
  return selector >= 0xfe0e ? emoji.test(before) : symbolOrHan.test(before);
}

function characterAt(text: string, index: number): string {
  const codePoint = text.codePointAt(index);
  return codePoint === undefined ? "" : String.fromCodePoint(codePoint);
}

function characterBefore(text: string, index: number): string {
  const last = text.charCodeAt(index - 1);
  const isPair = last >= 0xdc00 && last <= 0xdfff && index > 1;
  return index === 0 ? "" : characterAt(text, isPair ? index - 2 : index - 1);
}
