import { pointOf } from "./character-kinds.ts";

/** What matters about the characters around an invisible one, each with its bit. */
const properties = {
  /** Scripts whose letters take another shape, or break their lines, by the characters between them. */
  joiningLetter:
    /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Tibetan}\p{Script=Myanmar}\p{Script=Khmer}]/u,
  unspacedLetter:
    /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
  rightToLeftLetter: /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u,
  letter: /\p{L}/u,
  mark: /\p{M}/u,
  emojiEnd: /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u,
  pictograph: /\p{Extended_Pictographic}/u,
  emoji: /\p{Emoji}/u,
  keycapBase: /[0-9#*]/,
  symbolOrHan:
    /[\p{So}\p{Sm}\p{Po}\p{Script=Han}\p{Script=Myanmar}\p{Script=Phags_Pa}\p{Script=Manichaean}]/u,
  han: /\p{Script=Han}/u,
  mongolian: /\p{Script=Mongolian}/u,
  jamo: /\p{Script=Hangul}/u,
} as const;

type Property = keyof typeof properties;

const inOrder = Object.entries(properties);
const bitOf = Object.fromEntries(inOrder.map(([name], index) => [name, 1 << index])) as Readonly<
  Record<Property, number>
>;
const isKnown = 1 << inOrder.length;
/** Characters of the planes that scripts and emoji are in. */
const remembered = new Uint16Array(0x40000);

/** Asked once of each character: patterns of properties are slow. */
function propertiesOf(point: number): number {
  const known = remembered[point] ?? 0;
  if (known !== 0 || point < 0) return known;
  const character = String.fromCodePoint(point);
  let bits = isKnown;
  for (const [index, [, pattern]] of inOrder.entries()) {
    if (pattern.test(character)) bits |= 1 << index;
  }
  if (point < remembered.length) remembered[point] = bits;
  return bits;
}

function has(point: number, property: Property): boolean {
  return (propertiesOf(point) & bitOf[property]) !== 0;
}

/** England, Scotland and Wales: the only flags that emoji spell with tag characters. */
const flags = new Set(
  ["gbeng", "gbsct", "gbwls"].map((name) =>
    [...name, "\u007f"].map((it) => String.fromCodePoint(0xe0000 + it.charCodeAt(0))).join(""),
  ),
);
const blackFlag = 0x1f3f4;
const longestLegitimate = 12;
/** Where there is no character. */
const none = -1;

/** A text in UTF-16, with zeros behind it. */
export interface Units {
  readonly codes: Uint16Array;
  readonly length: number;
}

/** The characters around a run of invisible ones. */
interface Surroundings {
  readonly before: number;
  readonly after: number;
}

const joiner = 0x200d;

/**
 * Whether a run of invisible characters is one that a script or an emoji needs in this place.
 * Scripts need single ones: a longer run carries something else.
 */
export function isLegitimate(units: Units, start: number, end: number): boolean {
  const length = end - start;
  if (length > longestLegitimate) return false;
  const before = pointBefore(units, start);
  if (isMisread(units, start, end, before)) return true;
  const first = pointAt(units, start);
  const around = { before, after: pointAt(units, end) };
  if (length === (first > 0xffff ? 2 : 1)) return isNeeded(first, around);
  const isJoined = length === 2 && units.codes[start + 1] === joiner;
  if (isJoined && (first === 0xfe0f || first === 0xfe0e)) {
    return has(before, "emoji") && has(around.after, "pictograph");
  }
  return before === blackFlag && isFlag(units, start, end);
}

/** Also before a sign that is joined with it. */
function isFlag(units: Units, start: number, end: number): boolean {
  const run = String.fromCharCode(...units.codes.subarray(start, end));
  if (flags.has(run)) return true;
  const isJoined = run.endsWith("\u200d") && flags.has(run.slice(0, -1));
  return isJoined && has(pointAt(units, end), "pictograph");
}

const lineFeed = 0x0a;
const endsLine = (point: number) => point === none || point === lineFeed || point === 0x0d;
const isBlank = (point: number) => endsLine(point) || point === 0x09 || point === 0x20;

/**
 * What is left of bytes of UTF-8 that were read one by one as characters. Not what a terminal obeys.
 */
function isMisread({ codes }: Units, start: number, end: number, before: number): boolean {
  if (before < 0xc3 || before > 0xef || !isMisreadByte(codes[start] as number)) return false;
  if (end - start === 1) return true;
  return before >= 0xe1 && end - start === 2 && isMisreadByte(codes[start + 1] as number);
}

function isMisreadByte(code: number): boolean {
  if (code < 0x80 || code > 0x9c) return false;
  return code !== 0x90 && code !== 0x98 && code !== 0x9b;
}

function isNeeded(character: number, { before, after }: Surroundings): boolean {
  switch (character) {
    // A new page: it stands between lines.
    case 0x0c:
      return endsLine(before) || endsLine(after);
    case 0xfeff:
      return before === none || before === lineFeed;
    case 0x00ad:
      return has(before, "letter")
        ? has(after, "letter") || endsLine(after)
        : isBlank(before) && isBlank(after);
    case 0x034f:
      return has(before, "mark");
    case 0x061c:
    case 0x200e:
    case 0x200f:
      return has(before, "rightToLeftLetter") || has(after, "rightToLeftLetter");
    case 0x115f:
    case 0x1160:
      return has(before, "jamo") || has(after, "jamo");
    case 0x200b:
      return has(before, "unspacedLetter") && has(after, "unspacedLetter");
    case 0x200c:
      return has(before, "joiningLetter");
    case 0x200d:
      return has(before, "joiningLetter") || (has(before, "emojiEnd") && has(after, "pictograph"));
    default:
      return isVariationOf(character, { before, after });
  }
}

function isVariationOf(selector: number, { before, after }: Surroundings): boolean {
  if (selector >= 0xe0100 && selector <= 0xe01ef) return has(before, "han");
  if (selector >= 0x180b && selector <= 0x180f) return has(before, "mongolian");
  if (selector < 0xfe00 || selector > 0xfe0f) return false;
  if (has(before, "keycapBase")) return selector >= 0xfe0e && after === 0x20e3;
  return has(before, selector >= 0xfe0e ? "emoji" : "symbolOrHan");
}

function pointAt({ codes, length }: Units, index: number): number {
  if (index >= length) return none;
  const first = codes[index] as number;
  if ((first & 0xfc00) !== 0xd800) return first;
  const second = codes[index + 1] as number;
  return (second & 0xfc00) === 0xdc00 ? pointOf(first, second) : first;
}

function pointBefore(units: Units, index: number): number {
  if (index === 0) return none;
  const last = units.codes[index - 1] as number;
  const isPair = last >= 0xdc00 && last <= 0xdfff && index > 1;
  return pointAt(units, isPair ? index - 2 : index - 1);
}
