import { kindOf, kinds, latinOf, ofTwoScripts } from "./character-kinds.ts";
import type { Span } from "./confirmers.ts";
import { pairs, unitOfPair } from "./copied-units.ts";
import { kindsIn } from "./copied-words.ts";
import { isPlainAscii } from "./hidden-characters.ts";
import { joinsEmoji } from "./joined-emoji.ts";
import { codesOf } from "./text-codes.ts";
import { TextCopy } from "./text-copy.ts";
import { blockLength, lengthWith, textTraits } from "./text-traits.ts";

/** Each letter of another script that looks like a Latin one as that one, whatever words it stands in. As long as the text, which comes back where there is none. */
export function inLatin(text: string): string {
  if (isPlainAscii(text) || !hasOtherLetters(text)) return text;
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    units[at] = latinOf[text.charCodeAt(at)] as number;
  }
  return Buffer.from(units.buffer).toString("utf16le");
}

function hasOtherLetters(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (((kindOf[text.charCodeAt(at)] as number) & kinds.other) !== 0) return true;
  }
  return false;
}

/**
 * The text as a reader takes it who does not see what is invisible and takes look-alikes for letters. The same text, where
 * there is nothing of both. Tag characters become the letters that they stand for.
 */
export function scanCopy(text: string): string {
  return isPlainAscii(text) ? text : new ScanCopy(text).text;
}

const fewPlaces = 4;
const mayDiffer = textTraits.copied | textTraits.otherScript;

/** The copy of a text: where it may differ, and how. Made when it is asked for. */
export class ScanCopy {
  readonly #original: string;
  readonly #blocks: readonly number[] | undefined;
  #places: readonly Span[] | undefined;
  #text: string | undefined;

  /** `blocks`: the traits of the text's blocks, where they are known. */
  constructor(original: string, blocks?: readonly number[]) {
    this.#original = original;
    this.#blocks = blocks;
  }

  /**
   * Where the copy may differ, each place with what stands around it. In blocks, so that there are never more places than
   * a thousandth of the characters.
   */
  get places(): readonly Span[] {
    this.#places ??= placesIn(this.#original, this.#blocks);
    return this.#places;
  }

  /** So many characters are looked at to find the places. */
  get lookedAt(): number {
    return lengthWith(mayDiffer, this.#original, this.#blocks);
  }

  /** Whether fewer than one in {@link fewPlaces} characters are near to what changes. */
  get isSeldom(): boolean {
    const length = this.places.reduce((sum, { start, end }) => sum + end - start, 0);
    return length * fewPlaces < this.#original.length;
  }

  get text(): string {
    this.#text ??= this.places.length > 0 ? this.#copied() : this.#original;
    return this.#text;
  }

  #copied(): string {
    const { length } = this.#original;
    const copy = new TextCopy(codesOf(this.#original), length);
    return copy.make(this.places) ?? this.#original;
  }
}

interface Place extends Span {
  end: number;
}

function placesIn(text: string, blocks: readonly number[] | undefined): readonly Span[] {
  const places: Place[] = [];
  const { length } = text;
  if (blocks && !blocks.some((traits) => (traits & mayDiffer) !== 0)) return places;
  const units = { codes: codesOf(text), length };
  for (let index = 0; index < length; ) {
    const block = Math.floor(index / blockLength);
    const end = Math.min(length, (block + 1) * blockLength);
    const change = changeInBlock(units, { start: index, end }, blocks?.[block] ?? mayDiffer);
    index = change ? addPlace(places, length, change) : end;
  }
  return places;
}

function changeInBlock(units: Units, block: Span, traits: number): Span | undefined {
  if ((traits & mayDiffer) === 0) return undefined;
  const { start, end } = block;
  const { codes } = units;
  const limit = Math.min(units.length, end + blockLength);
  const before = wordBefore(codes, start);
  if ((traits & textTraits.copied) === 0) {
    const present = before.word | kindsIn(codes, start, endOfWord(codes, end, limit));
    if ((present & ofTwoScripts) !== ofTwoScripts) return undefined;
  }
  return changeIn(codes, { ...before, from: start, to: end, limit });
}

interface Units {
  readonly codes: Uint16Array;
  readonly length: number;
}

/** What is looked at: the letters of the word that goes on there, where it began, and how far it is read behind the end. */
interface Looked {
  readonly word: number;
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

/** The first character that the copy has not, or the word of two scripts, which may begin before and end behind. */
function changeIn(codes: Uint16Array, looked: Looked): Span | undefined {
  const { from, to, limit } = looked;
  const { letter } = kinds;
  let { word, start } = looked;
  for (let index = from; index < limit; index += 1) {
    const kind = kindOf[codes[index] as number] as number;
    if ((kind & letter) === 0) {
      if (index >= to) return undefined;
      word = 0;
      start = index + 1;
    } else {
      word |= kind;
      if ((word & ofTwoScripts) === ofTwoScripts) return { start, end: index + 1 };
    }
    if ((kind & oftenChanged) !== 0 && isChangedAt(codes, index, kind)) {
      return { start: index, end: index + 1 };
    }
  }
  return undefined;
}

/** Of the word that goes on there. */
function endOfWord(codes: Uint16Array, from: number, limit: number): number {
  let end = from;
  while (end < limit && ((kindOf[codes[end] as number] as number) & kinds.letter) !== 0) end += 1;
  return end;
}

/** The scripts of the letters before: of no more than a block. */
function wordBefore(codes: Uint16Array, from: number) {
  const first = Math.max(0, from - blockLength);
  let word = 0;
  let start = from;
  while (start > first && (word & ofTwoScripts) !== ofTwoScripts) {
    const kind = kindOf[codes[start - 1] as number] as number;
    if ((kind & kinds.letter) === 0) break;
    word |= kind;
    start -= 1;
  }
  return { word, start };
}

const oftenChanged = kinds.invisible | kinds.form | kinds.pair;

function isChangedAt(codes: Uint16Array, index: number, kind: number): boolean {
  if (kind === kinds.invisible) return !joinsEmoji(codes, index);
  if (kind !== kinds.pair) return true;
  return unitOfPair(codes[index] as number, codes[index + 1] as number) !== pairs.asItIs;
}

/** With a block before and one behind. Returns from where on there may be more: what is behind a change may change, too. */
function addPlace(places: Place[], length: number, change: Span): number {
  const start = Math.max(0, (Math.floor(change.start / blockLength) - 1) * blockLength);
  const end = Math.min(length, (Math.floor((change.end - 1) / blockLength) + 2) * blockLength);
  const last = places.at(-1);
  if (last && start <= last.end) last.end = end;
  else places.push({ start, end });
  return end < length ? end - blockLength : end;
}
