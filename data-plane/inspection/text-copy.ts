import { kinds } from "./character-kinds.ts";
import type { Span } from "./confirmers.ts";
import {
  bareUnits,
  formLetters,
  formOfPair,
  formStarts,
  hasForms,
  isPair,
  isTag,
  nothing,
  plainUnits,
  special,
  unitOfPair,
} from "./copied-units.ts";
import { CopiedWords, kindsIn } from "./copied-words.ts";

const tagsBegin = 0xdc00;
const blank = 0x20;
/** More than what is special may become. */
const spare = 32;
const kept = 32_768;
/** One loop over all of a text would be compiled only after it has run for long. */
const stretch = 1_024;
/** Short texts are copied in one place, one after the other. */
const scratch = new Uint16Array(kept + spare);

/** One pass, into one array. A pass for each kind of disguise would make long texts slow. */
export class TextCopy {
  readonly #from: Uint16Array;
  readonly #size: number;
  #units: Uint16Array;
  #length = 0;
  /** For each unit what the copy has: whether forms of letters become plain. */
  #table = bareUnits;
  readonly #words = new CopiedWords();
  #isChanged = false;
  #isInTags = false;

  /** Of the first `size` units. Behind them others must stand. */
  constructor(from: Uint16Array, size: number) {
    this.#from = from;
    this.#size = size;
    this.#units = size <= kept ? scratch : new Uint16Array(size + spare);
  }

  /** With what stands elsewhere as it is. Undefined: nothing is otherwise. */
  make(places: readonly Span[]): string | undefined {
    let copied = 0;
    for (const place of places) {
      this.#putAsIs(copied, place.start);
      this.#table = this.#hasForms(place) ? plainUnits : bareUnits;
      this.#words.begin(this.#length);
      copied = this.#take(Math.max(copied, place.start), place.end);
      this.#words.end(this.#units, this.#length);
    }
    this.#putAsIs(copied, this.#size);
    return this.#isChanged || this.#words.areChanged ? this.#toString() : undefined;
  }

  #putAsIs(start: number, end: number): void {
    if (start >= end) return;
    this.#units.set(this.#from.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  #hasForms({ start, end }: Span): boolean {
    for (let from = start; from < end; from += stretch) {
      if (hasForms(this.#from, from, Math.min(end, from + stretch))) return true;
    }
    return false;
  }

  /** Returns where it came to: no character is left half behind. */
  #take(start: number, end: number): number {
    let index = start;
    while (index < end) {
      const to = Math.min(end, index + stretch);
      if (this.#staysAsItIs(index, to)) {
        this.#putAsIs(index, to);
        index = to;
      } else index = this.#takeStretch(index, to);
      this.#words.readTo(this.#units, this.#length);
    }
    if (this.#isInTags) this.#endTags();
    return index;
  }

  /** But for words of two scripts. */
  #staysAsItIs(start: number, end: number): boolean {
    if (this.#isInTags || this.#table === plainUnits) return false;
    return (kindsIn(this.#from, start, end) & pairOrInvisible) === 0;
  }

  #takeStretch(start: number, end: number): number {
    let index = start;
    while (index < end) {
      index = this.#takeRun(index, end);
      if (index < end) index = this.#takeSpecial(index, end);
      if (this.#isInTags && !this.#isTagAt(index)) this.#endTags();
    }
    return index;
  }

  /** Takes what is not special. Returns where it ends: all that it needs is at hand, since nearly all of a text is so. */
  #takeRun(start: number, end: number): number {
    const from = this.#from;
    const units = this.#units;
    const table = this.#table;
    let length = this.#length;
    let changed = 0;
    let index = start;
    for (; index < end; index += 1) {
      const code = from[index] as number;
      let unit = table[code] as number;
      if (unit === special) {
        unit = unitOfPair(code, from[index + 1] as number);
        if (unit > lastLetter) break;
        index += 1;
      }
      changed |= unit ^ code;
      units[length] = unit;
      length += unit === nothing ? 0 : 1;
    }
    const isShorter = length - this.#length < index - start;
    if (isShorter || changed !== 0) this.#isChanged = true;
    this.#length = length;
    return index;
  }

  /** Returns where it ends. */
  #takeSpecial(index: number, end: number): number {
    this.#makeRoom(index);
    if (this.#isTagAt(index)) return this.#takeTags(index, end);
    return this.#table === plainUnits ? this.#takeForms(index, end) : this.#takeAsItIs(index);
  }

  /** Forms of several letters, as far as they stand one behind the other. */
  #takeForms(start: number, end: number): number {
    const from = this.#from;
    const [starts, letters] = [formStarts, formLetters];
    const units = this.#units;
    const most = units.length - spare;
    let length = this.#length;
    let index = start;
    while (index < end && length < most) {
      const code = from[index] as number;
      const single = starts[code] as number;
      const first = single > 0 ? single : formOfPair(code, from[index + 1] as number);
      if (first === 0) break;
      const last = first + (letters[first] as number);
      for (let at = first + 1; at <= last; at += 1) {
        units[length] = letters[at] as number;
        length += 1;
      }
      index += single > 0 ? 1 : 2;
    }
    if (index === start) return this.#takeAsItIs(start);
    this.#length = length;
    this.#isChanged = true;
    this.#makeRoom(index);
    return index;
  }

  #takeAsItIs(index: number): number {
    const first = this.#from[index] as number;
    const second = this.#from[index + 1] as number;
    this.#put(first);
    if (!isPair(first, second)) return index + 1;
    this.#put(second);
    return index + 2;
  }

  #put(unit: number): void {
    this.#units[this.#length] = unit;
    this.#length += 1;
  }

  /** For what is special here, and for all that is behind it. */
  #makeRoom(index: number): void {
    const needed = this.#length + this.#size - index + spare;
    if (needed <= this.#units.length) return;
    const larger = new Uint16Array(needed * 2);
    larger.set(this.#units.subarray(0, this.#length));
    this.#units = larger;
  }

  #isTagAt(index: number): boolean {
    return isTag(this.#from[index] as number, this.#from[index + 1] as number);
  }

  /** Set apart by blanks: tags hang on a visible character, which is no part of their words. */
  #takeTags(start: number, end: number): number {
    const from = this.#from;
    if (!this.#isInTags) this.#put(blank);
    this.#isInTags = true;
    this.#isChanged = true;
    const units = this.#units;
    let length = this.#length;
    let index = start;
    for (; index < end; index += 2) {
      const second = from[index + 1] as number;
      if (!isTag(from[index] as number, second)) break;
      units[length] = second - tagsBegin;
      length += 1;
    }
    this.#length = length;
    return index;
  }

  #endTags(): void {
    this.#isInTags = false;
    this.#put(blank);
  }

  #toString(): string {
    const units = this.#units.subarray(0, this.#length);
    return isNarrow(units)
      ? Buffer.from(new Uint8Array(units).buffer).toString("latin1")
      : Buffer.from(units.buffer, units.byteOffset, units.byteLength).toString("utf16le");
  }
}

const lastLetter = 0x7f;
const pairOrInvisible = kinds.pair | kinds.invisible;

function isNarrow(units: Uint16Array): boolean {
  for (let start = 0; start < units.length; start += stretch) {
    if (!isNarrowIn(units, start, Math.min(units.length, start + stretch))) return false;
  }
  return true;
}

function isNarrowIn(units: Uint16Array, start: number, end: number): boolean {
  let present = 0;
  for (let index = start; index < end; index += 1) present |= units[index] as number;
  return present <= 0xff;
}
