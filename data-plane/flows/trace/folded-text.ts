import { latinFor } from "../../../core/text/look-alikes.ts";
import { isNamedValue } from "./named-cell.ts";

/** What a code unit is that is no letter and no digit. */
const ignored = 0;
const endsRun = 1;
const endsCell = 2;
const backslash = 3;
const surrogate = 4;
const unknown = 5;

const foldOf = new Uint16Array(65_536);
const roleOf = new Uint8Array(65_536).fill(unknown);

/** Where a token-like run begins is known to this many letters and digits. */
const shortestRun = 16;
const shortestCell = 8;
const longestCell = 47;

for (let code = 0; code < 128; code += 1) {
  const letter = String.fromCharCode(code);
  foldOf[code] = /[A-Za-z0-9]/.test(letter) ? letter.toLowerCase().charCodeAt(0) : 0;
  roleOf[code] = /[_+/=-]/.test(letter) ? ignored : endsRun;
  if (/[\n\t|;,"'<>()[\]{}:=`]/.test(letter)) roleOf[code] = endsCell;
}
roleOf[92] = backslash;
roleOf.fill(surrogate, 0xd800, 0xe000);

/**
 * Texts one behind the other as those read them who do not care how they are written: letters and digits only, without
 * case, accents, white space, punctuation, escapes and what is invisible, look-alikes as the letters that they look like.
 * So neither separators nor quotes nor a split over several texts make a difference.
 */
export class FoldedText {
  units: Uint16Array;
  length = 0;
  /** Unbroken runs of sixteen and more letters and digits, beginnings and ends by turns: what a token could be. */
  readonly runs: number[] = [];
  /** Lines and cells that could be a name or a number, beginnings and ends by turns. */
  readonly cells: number[] = [];
  #runStart = 0;
  #cellStart = 0;
  #cellFrom = 0;

  readonly #isCell: typeof isNamedValue;

  /** So many characters have room. Which lines and cells count may be said. */
  constructor(characters: number, isCell = isNamedValue) {
    this.units = new Uint16Array(characters);
    this.#isCell = isCell;
  }

  /** Takes up a text. There must be room for it: no text becomes longer. */
  append(text: string): void {
    const { units } = this;
    const start = this.length;
    this.#runStart = start;
    this.#cellStart = start;
    this.#cellFrom = 0;
    let index = 0;
    let length = start;
    while (index < text.length) {
      const code = text.charCodeAt(index);
      const unit = foldOf[code] as number;
      if (unit !== 0) {
        units[length] = unit;
        length += 1;
        index += 1;
      } else if (roleOf[code] === ignored) {
        index += 1;
      } else {
        this.length = length;
        index = this.#takeOther(text, index, code);
        length = this.length;
      }
    }
    this.length = length;
    this.#endRun();
    const isOneCell = this.#cellStart === start;
    this.#endCell(text, index);
    if (isOneCell) return;
    this.#cellStart = start;
    this.#cellFrom = 0;
    this.#endCell(text, index);
  }

  /** Returns where to go on. */
  #takeOther(text: string, index: number, code: number): number {
    switch (roleOf[code]) {
      case endsRun:
        this.#endRun();
        return index + 1;
      case endsCell:
        this.#endRun();
        this.#endCell(text, index);
        return index + 1;
      case backslash:
        return this.#takeEscape(text, index);
      case surrogate:
        return this.#takeSurrogates(text, index);
      case unknown:
        // Read again, now that it is known.
        learn(code);
        return index;
      default:
        return index + 1;
    }
  }

  #endRun(): void {
    if (this.length - this.#runStart >= shortestRun) this.runs.push(this.#runStart, this.length);
    this.#runStart = this.length;
  }

  #endCell(text: string, end: number): void {
    const length = this.length - this.#cellStart;
    if (length >= shortestCell && length <= longestCell) {
      if (this.#isCell(text, this.#cellFrom, end)) this.cells.push(this.#cellStart, this.length);
    }
    this.#cellStart = this.length;
    this.#cellFrom = end + 1;
  }

  /** JSON within strings: the escapes are gone where it was parsed, and may stand doubled where it was quoted again. */
  #takeEscape(text: string, index: number): number {
    let next = index + 1;
    while (text.charCodeAt(next) === 92) next += 1;
    const letter = text[next] ?? "";
    if (letter === "u") {
      const code = Number.parseInt(text.slice(next + 1, next + 5), 16);
      if (Number.isNaN(code) || code > 0xffff) return next;
      return this.#takeUnit(code) ? next + 5 : next;
    }
    this.#endRun();
    if (!"nrtbf".includes(letter) || letter === "") return next;
    this.#endCell(text, index);
    this.#cellFrom = next + 1;
    return next + 1;
  }

  #takeUnit(code: number): boolean {
    if (roleOf[code] === unknown) learn(code);
    const unit = foldOf[code] as number;
    if (unit !== 0) {
      this.units[this.length] = unit;
      this.length += 1;
    }
    return true;
  }

  #takeSurrogates(text: string, index: number): number {
    const point = text.codePointAt(index) ?? 0;
    if (point < 0x10000) return index + 1;
    for (const letter of foldPoint(point)) {
      this.units[this.length] = letter.charCodeAt(0);
      this.length += 1;
    }
    return index + 2;
  }
}

function learn(code: number): void {
  const letter = String.fromCharCode(code);
  const plain = plainForm(letter);
  foldOf[code] = plain === "" ? 0 : plain.charCodeAt(0);
  roleOf[code] = /[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(letter) ? ignored : endsRun;
}

/** The first letter or digit that it is made of. A syllable of Hangul stays whole. */
function plainForm(letter: string): string {
  const known = latinFor.get(letter);
  if (known !== undefined) return known.toLowerCase();
  if (!/[\p{L}\p{N}]/u.test(letter) || /\p{Default_Ignorable_Code_Point}/u.test(letter)) return "";
  if (letter >= "\uac00" && letter <= "\ud7a3") return letter;
  const parts = letter
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .match(/[\p{L}\p{N}]/u);
  return parts === null ? "" : (latinFor.get(parts[0]) ?? parts[0]);
}

/** Letters for mathematics become plain ones, tag characters the letters that they stand for. At most two units. */
function foldPoint(point: number): string {
  if (point >= 0xe0020 && point <= 0xe007e) {
    const unit = foldOf[point - 0xe0000] as number;
    return unit === 0 ? "" : String.fromCharCode(unit);
  }
  const letter = String.fromCodePoint(point);
  if (!/[\p{L}\p{N}]/u.test(letter)) return "";
  const plain = letter.normalize("NFKD").toLowerCase();
  return plain.length <= 2 ? plain : letter;
}
