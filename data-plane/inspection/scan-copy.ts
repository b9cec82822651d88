import { latinFor } from "../../core/text/look-alikes.ts";
import { plainFormOf, plainLetterOf } from "../../core/text/plain-letters.ts";
import type { Span } from "./confirmers.ts";
import { isInvisible, isPlainAscii } from "./hidden-characters.ts";

/** What a character is to the copy, as bits. */
const kinds = { invisible: 1, form: 2, letter: 4, latin: 8, other: 16, pair: 32 } as const;

/** Forms that are plain letters and digits: full width, mathematical, circled, raised and lowered. Where none is, blanks and dots of other forms stay, too. */
const lookAlikes =
  /[\u00aa\u00b2\u00b3\u00b9\u00ba\u017f\u02b0-\u02b8\u1d2c-\u1d6a\u2070-\u209c\u2100-\u214f\u2460-\u24ff\ufb00-\ufb06\uff01-\uff5e]/;
const otherScript =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\u0131\u0251\u0261\u213c\u212e\u2170-\u217f]/u;
const anyLetter = /[\p{L}\u212e\u2170-\u217f]/u;

const kindOf = new Uint8Array(65_536);
const latinOf = new Uint16Array(65_536).map((_, code) => code);
for (const [letter, latin] of latinFor) latinOf[letter.charCodeAt(0)] = latin.charCodeAt(0);
for (let code = 0; code < 65_536; code += 1) kindOf[code] = kindOfUnit(code);

function kindOfUnit(code: number): number {
  if (code >= 0xd800 && code <= 0xdbff) return kinds.pair;
  if (isInvisible(code)) return kinds.invisible;
  if (isIdeograph(code)) return kinds.letter;
  const character = String.fromCharCode(code);
  const isLatin = /[A-Za-z]/.test(character);
  return (
    (lookAlikes.test(character) ? kinds.form : 0) |
    (anyLetter.test(character) ? kinds.letter : 0) |
    (isLatin ? kinds.latin : 0) |
    (otherScript.test(character) ? kinds.other : 0)
  );
}

/** Half of all characters: they need not be asked about one by one. */
function isIdeograph(code: number): boolean {
  return (code >= 0x4e00 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3);
}

/** Each letter of another script that looks like a Latin one as that one, whatever words it stands in. As long as the text, which comes back where there is none. */
export function inLatin(text: string): string {
  if (isPlainAscii(text) || (kindsIn(text) & kinds.other) === 0) return text;
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    units[at] = latinOf[text.charCodeAt(at)] as number;
  }
  return Buffer.from(units.buffer).toString("utf16le");
}

/**
 * The text as a reader takes it who does not see what is invisible and takes look-alikes for letters. The same text, where
 * there is nothing of both. Tag characters become the letters that they stand for.
 */
export function scanCopy(text: string): string {
  if (isPlainAscii(text)) return text;
  const present = kindsIn(text);
  const copied = kinds.invisible | kinds.form | kinds.other | kinds.pair;
  if ((present & copied) === 0) return text;
  const copy = new Copy(text, (present & kinds.form) !== 0);
  return copy.make();
}

const block = 1_024;
const mayChange = kinds.invisible | kinds.form | kinds.other | kinds.pair;

/**
 * Where the copy of a text may differ from it, each with what stands around it. In blocks, so that there are never more places than
 * a thousandth of the characters.
 */
export function placesToCopy(text: string): readonly Span[] {
  const places: { start: number; end: number }[] = [];
  let index = 0;
  while (index < text.length) {
    const kind = kindOf[text.charCodeAt(index)] as number;
    if ((kind & mayChange) === 0 || !changesAt(text, index)) {
      index += 1;
      continue;
    }
    const start = Math.max(0, (Math.floor(index / block) - 1) * block);
    const end = Math.min(text.length, (Math.floor(index / block) + 2) * block);
    const last = places.at(-1);
    if (last && start <= last.end) last.end = end;
    else places.push({ start, end });
    index = end - (end < text.length ? block : 0);
  }
  return places;
}

/** Whether the copy has another character here, or may have since letters of two scripts meet. */
function changesAt(text: string, index: number): boolean {
  const kind = kindOf[text.charCodeAt(index)] as number;
  if ((kind & (kinds.invisible | kinds.form)) !== 0) return true;
  if ((kind & kinds.other) !== 0) return meetsLatin(text, index);
  if (kind !== kinds.pair) return false;
  const point = text.codePointAt(index) as number;
  return plainLetterOf(point) !== 0 || isInvisible(point);
}

function meetsLatin(text: string, index: number): boolean {
  const [before, behind] = [text.charCodeAt(index - 1), text.charCodeAt(index + 1)];
  return (((kindOf[before] ?? 0) | (kindOf[behind] ?? 0)) & kinds.latin) !== 0;
}

function kindsIn(text: string): number {
  let present = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const kind = kindOf[code] as number;
    present |= kind;
    if (kind === kinds.pair && plainLetterOf(text.codePointAt(index) as number) !== 0) {
      present |= kinds.form;
    }
  }
  return present;
}

/** One pass, into one array. A pass for each kind of disguise would make long texts slow. */
class Copy {
  readonly #text: string;
  /** Whether forms of letters become plain. */
  readonly #isPlain: boolean;
  #units: Uint16Array;
  #length = 0;
  #widest = 0;
  #isChanged = false;
  /** Where the word began that is being copied, and what letters it has. */
  #wordStart = 0;
  #word = 0;
  #isInTags = false;

  constructor(text: string, isPlain: boolean) {
    this.#text = text;
    this.#isPlain = isPlain;
    this.#units = new Uint16Array(text.length + 64);
  }

  make(): string {
    const text = this.#text;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      const kind = kindOf[code] as number;
      if (kind === kinds.pair) index += this.#takePoint(text.codePointAt(index) as number);
      else this.#takeUnit(code, kind);
    }
    if (this.#isInTags) this.#endTags();
    this.#endWord();
    return this.#isChanged ? this.#toString() : text;
  }

  #takeUnit(code: number, kind: number): void {
    if (this.#isInTags) this.#endTags();
    if (kind === kinds.invisible) this.#isChanged = true;
    else if (this.#isPlain && code > 127) this.#takeForm(code);
    else this.#put(code);
  }

  /** Returns how many more units it has taken. */
  #takePoint(point: number): number {
    if (point < 0x10000) {
      this.#put(point);
      return 0;
    }
    if (point >= 0xe0020 && point <= 0xe007e) this.#takeTag(point - 0xe0000);
    else {
      if (this.#isInTags) this.#endTags();
      if (isInvisible(point)) this.#isChanged = true;
      else this.#takeForm(point);
    }
    return 1;
  }

  /** Set apart by blanks: tags hang on a visible character, which is no part of their words. */
  #takeTag(code: number): void {
    if (!this.#isInTags) this.#put(0x20);
    this.#isInTags = true;
    this.#isChanged = true;
    this.#put(code);
  }

  #endTags(): void {
    this.#isInTags = false;
    this.#put(0x20);
  }

  #takeForm(point: number): void {
    const letter = this.#isPlain ? plainLetterOf(point) : 0;
    if (letter === 0) {
      if (point > 0xffff) this.#put(0xd800 + ((point - 0x10000) >> 10));
      this.#put(point > 0xffff ? 0xdc00 + (point & 0x3ff) : point);
      return;
    }
    this.#isChanged = true;
    if (letter > 0) this.#put(letter);
    else for (const it of plainFormOf(point)) this.#put(it.charCodeAt(0));
  }

  #put(code: number): void {
    const kind = kindOf[code] as number;
    if ((kind & kinds.letter) === 0) this.#endWord();
    else this.#word |= kind;
    if (this.#length === this.#units.length) this.#grow();
    this.#units[this.#length] = code;
    this.#length += 1;
    this.#widest |= code;
    if ((kind & kinds.letter) === 0) this.#wordStart = this.#length;
  }

  /** Words of both: nobody who writes Russian or Greek puts Latin letters into its words. */
  #endWord(): void {
    const both = kinds.latin | kinds.other;
    if ((this.#word & both) === both) {
      for (let at = this.#wordStart; at < this.#length; at += 1) {
        const code = this.#units[at] as number;
        this.#units[at] = latinOf[code] as number;
        if (this.#units[at] !== code) this.#isChanged = true;
      }
    }
    this.#word = 0;
  }

  #grow(): void {
    const larger = new Uint16Array(this.#units.length * 2);
    larger.set(this.#units);
    this.#units = larger;
  }

  #toString(): string {
    const units = this.#units.subarray(0, this.#length);
    return this.#widest < 256
      ? Buffer.from(new Uint8Array(units).buffer).toString("latin1")
      : Buffer.from(units.buffer, 0, units.byteLength).toString("utf16le");
  }
}
