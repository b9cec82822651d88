import { plainFormOf, plainLetterOf } from "../../core/text/plain-letters.ts";
import { isInvisible, kindOf, kinds, latinOf, ofTwoScripts } from "./character-kinds.ts";
import type { Span } from "./confirmers.ts";

const changes = kinds.invisible | kinds.form | kinds.pair;
const tags = { first: 0xe0020, last: 0xe007e, of: 0xe0000 };

/** One pass, into one array. A pass for each kind of disguise would make long texts slow. */
export class TextCopy {
  readonly #from: Uint16Array;
  #units: Uint16Array;
  #length = 0;
  /** Whether forms of letters become plain. */
  #isPlain = false;
  #isChanged = false;
  /** Where the word began that is being copied, and what letters it has. */
  #wordStart = 0;
  #word = 0;
  #isInTags = false;

  constructor(text: string) {
    this.#from = new Uint16Array(text.length);
    Buffer.from(this.#from.buffer).write(text, "utf16le");
    this.#units = new Uint16Array(text.length + 64);
  }

  /** With what stands elsewhere as it is. */
  make(places: readonly Span[]): string | undefined {
    let copied = 0;
    for (const place of places) {
      this.#putAsIs(copied, place.start);
      this.#isPlain = this.#hasForms(place);
      this.#take(place);
      if (this.#isInTags) this.#endTags();
      this.#endWord();
      copied = place.end;
    }
    this.#putAsIs(copied, this.#from.length);
    return this.#isChanged ? this.#toString() : undefined;
  }

  #putAsIs(start: number, end: number): void {
    const rest = this.#from.subarray(start, end);
    while (this.#length + rest.length > this.#units.length) this.#grow();
    this.#units.set(rest, this.#length);
    this.#length += rest.length;
    this.#wordStart = this.#length;
  }

  #hasForms({ start, end }: Span): boolean {
    let present = 0;
    for (let index = start; index < end; index += 1) {
      const kind = kindOf[this.#from[index] as number] as number;
      present |= kind;
      if (kind === kinds.pair && plainLetterOf(this.#pointAt(index)) !== 0) return true;
    }
    return (present & kinds.form) !== 0;
  }

  #take({ start, end }: Span): void {
    let index = start;
    while (index < end) {
      if (!this.#isInTags) index = this.#takeRun(index, end);
      if (index === end) break;
      const code = this.#from[index] as number;
      const kind = kindOf[code] as number;
      if (kind === kinds.pair) index += this.#takePoint(this.#pointAt(index));
      else this.#takeUnit(code, kind);
      index += 1;
    }
  }

  /** Takes what stays as it is. Returns where it ends: all that it needs is at hand, since nearly all of a text is so. */
  #takeRun(start: number, end: number): number {
    while (this.#length + end - start > this.#units.length) this.#grow();
    const from = this.#from;
    const units = this.#units;
    const most = this.#isPlain ? 0x7f : 0xffff;
    const offset = this.#length - start;
    let word = this.#word;
    let index = start;
    for (; index < end; index += 1) {
      const code = from[index] as number;
      const kind = kindOf[code] as number;
      if ((kind & changes) !== 0 || code > most) break;
      units[index + offset] = code;
      if ((kind & kinds.letter) !== 0) word |= kind;
      else {
        if ((word & ofTwoScripts) === ofTwoScripts) this.#inLatin(this.#wordStart, index + offset);
        word = 0;
        this.#wordStart = index + offset + 1;
      }
    }
    this.#word = word;
    this.#length = index + offset;
    return index;
  }

  #pointAt(index: number): number {
    const first = this.#from[index] as number;
    const second = this.#from[index + 1] ?? 0;
    const isPair = second >= 0xdc00 && second <= 0xdfff;
    return isPair ? 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00) : first;
  }

  #takeUnit(code: number, kind: number): void {
    if (this.#isInTags) this.#endTags();
    if (kind === kinds.invisible) this.#isChanged = true;
    else if (this.#isPlain && code > 127) this.#takeForm(code);
    else this.#put(code, kind);
  }

  /** Returns how many more units it has taken. */
  #takePoint(point: number): number {
    if (point < 0x10000) {
      this.#put(point, kinds.pair);
      return 0;
    }
    if (point >= tags.first && point <= tags.last) this.#takeTag(point - tags.of);
    else {
      if (this.#isInTags) this.#endTags();
      if (isInvisible(point)) this.#isChanged = true;
      else this.#takeForm(point);
    }
    return 1;
  }

  /** Set apart by blanks: tags hang on a visible character, which is no part of their words. */
  #takeTag(code: number): void {
    if (!this.#isInTags) this.#put(0x20, 0);
    this.#isInTags = true;
    this.#isChanged = true;
    this.#put(code, kindOf[code] as number);
  }

  #endTags(): void {
    this.#isInTags = false;
    this.#put(0x20, 0);
  }

  #takeForm(point: number): void {
    const letter = this.#isPlain ? plainLetterOf(point) : 0;
    if (letter === 0) {
      if (point > 0xffff) this.#put(0xd800 + ((point - 0x10000) >> 10), 0);
      const unit = point > 0xffff ? 0xdc00 + (point & 0x3ff) : point;
      this.#put(unit, kindOf[unit] as number);
      return;
    }
    this.#isChanged = true;
    if (letter > 0) this.#put(letter, kindOf[letter] as number);
    else for (const it of plainFormOf(point)) this.#putLetter(it.charCodeAt(0));
  }

  #putLetter(code: number): void {
    this.#put(code, kindOf[code] as number);
  }

  #put(code: number, kind: number): void {
    const isLetter = (kind & kinds.letter) !== 0;
    if (isLetter) this.#word |= kind;
    else this.#endWord();
    if (this.#length === this.#units.length) this.#grow();
    this.#units[this.#length] = code;
    this.#length += 1;
    if (!isLetter) this.#wordStart = this.#length;
  }

  #endWord(): void {
    if ((this.#word & ofTwoScripts) === ofTwoScripts) this.#inLatin(this.#wordStart, this.#length);
    this.#word = 0;
  }

  /** Words of both: nobody who writes Russian or Greek puts Latin letters into its words. */
  #inLatin(start: number, end: number): void {
    for (let at = start; at < end; at += 1) {
      const code = this.#units[at] as number;
      this.#units[at] = latinOf[code] as number;
      if (this.#units[at] !== code) this.#isChanged = true;
    }
  }

  #grow(): void {
    const larger = new Uint16Array(this.#units.length * 2);
    larger.set(this.#units);
    this.#units = larger;
  }

  #toString(): string {
    const units = this.#units.subarray(0, this.#length);
    let widest = 0;
    for (let index = 0; index < units.length; index += 1) widest |= units[index] as number;
    return widest < 256
      ? Buffer.from(new Uint8Array(units).buffer).toString("latin1")
      : Buffer.from(units.buffer, 0, units.byteLength).toString("utf16le");
  }
}
