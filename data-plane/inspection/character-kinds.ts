import { latinFor } from "../../core/text/look-alikes.ts";

/** What a character is to the copy of a text in which nothing is hidden, as bits. */
export const kinds = {
  invisible: 1,
  form: 2,
  letter: 4,
  latin: 8,
  other: 16,
  /** The first half of a pair that may be a form of a letter, or invisible. */
  pair: 32,
} as const;

/** Of a word: nobody writes both in one. */
export const ofTwoScripts = kinds.latin | kinds.other;

/** Runs of characters that a reader does not see. Longer runs come in pieces: an endless one must not exhaust the stack. */
export const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: the combining ones too, each by itself.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]{1,64}/gu;

/** Without a memory of where it was: whoever asks with it must not move the other. */
const anyInvisible = new RegExp(invisible.source, "u");

/** Forms that are plain letters and digits: full width, mathematical, circled, raised and lowered. Where none is, blanks and dots of other forms stay, too. */
const lookAlikes =
  /[\u00aa\u00b2\u00b3\u00b9\u00ba\u017f\u02b0-\u02b8\u1d2c-\u1d6a\u2070-\u209c\u2100-\u214f\u2460-\u24ff\ufb00-\ufb06\uff01-\uff5e]/;
const otherScript =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\u0131\u0251\u0261\u213c\u212e\u2170-\u217f]/u;
const anyLetter = /[\p{L}\u212e\u2170-\u217f]/u;

/** For each unit its bits. */
export const kindOf = new Uint8Array(65_536).map((_, code) => kindOfUnit(code));
/** For each unit the Latin letter that it looks like, or itself. */
export const latinOf = new Uint16Array(65_536).map((_, code) => code);
for (const [letter, latin] of latinFor) latinOf[letter.charCodeAt(0)] = latin.charCodeAt(0);

function kindOfUnit(code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) return isHalfOfInterest(code) ? kinds.pair : 0;
  if (isIdeograph(code)) return kinds.letter;
  const character = String.fromCharCode(code);
  if (anyInvisible.test(character)) return kinds.invisible;
  const isLatin = /[A-Za-z]/.test(character);
  return (
    (lookAlikes.test(character) ? kinds.form : 0) |
    (anyLetter.test(character) ? kinds.letter : 0) |
    (isLatin ? kinds.latin : 0) |
    (otherScript.test(character) ? kinds.other : 0)
  );
}

/** Musical signs that are not seen, mathematical letters, letters in frames, and the plane of tags. */
function isHalfOfInterest(code: number): boolean {
  return (code >= 0xd834 && code <= 0xd835) || code === 0xd83c || isHalfOfTag(code);
}

function isHalfOfTag(code: number): boolean {
  return code >= 0xdb40 && code <= 0xdb43;
}

/** Half of all characters: they need not be asked about one by one. */
function isIdeograph(code: number): boolean {
  return (code >= 0x4e00 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3);
}

/** Whether a reader does not see the character. */
export function isInvisible(point: number): boolean {
  if (point < 0x10000) return kindOf[point] === kinds.invisible;
  return (point >= 0xe0000 && point <= 0xe0fff) || (point >= 0x1d173 && point <= 0x1d17a);
}

/** Whether a unit is a character that a reader does not see, or may be half of one. */
export function mayBeInvisible(code: number): boolean {
  return widths[code] !== 0;
}

const pair = 3;
const widths = new Uint8Array(65_536).map((_, code) => {
  if (code === 0xd834 || isHalfOfTag(code)) return pair;
  return kindOf[code] === kinds.invisible ? 1 : 0;
});

/** How many units the invisible character has that stands here. 0: there is none. Something must stand behind the last unit. */
export function invisibleWidthAt(units: Uint16Array, index: number): number {
  const width = widths[units[index] as number] as number;
  if (width !== pair) return width;
  const second = units[index + 1] as number;
  return (second & 0xfc00) === 0xdc00 && isInvisible(pointOf(units[index] as number, second))
    ? 2
    : 0;
}

/** The character that two units are. */
export function pointOf(first: number, second: number): number {
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

/** Whether the copy of a text may have another character where this unit is, whatever word it stands in. */
export function mayBeCopied(code: number): boolean {
  return ((kindOf[code] as number) & mayChange) !== 0;
}

/** Whether a unit is a letter that has no place in a Latin word. */
export function isOfOtherScript(code: number): boolean {
  return ((kindOf[code] as number) & kinds.other) !== 0;
}

const mayChange = kinds.invisible | kinds.form | kinds.pair;
