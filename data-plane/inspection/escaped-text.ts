import type { Span } from "./confirmers.ts";
import type { DecodedText } from "./decoded-text.ts";
import { setsOf, signOfEscape, signsOfEscapes } from "./letter-codes.ts";
import { escapeAt, lengthOf, noEscape, noPoint, pointOf } from "./read-escape.ts";
import type { ScanBudget } from "./scan-budget.ts";

/** How far around an escape the text is read with it: no secret but a private key is longer. */
const reach = 256;

/** Of a budget. */
const unitsPerEscape = 0.1;

/** A text, and its UTF-16 with zeros behind it. */
interface CodedText {
  readonly text: string;
  readonly codes: Uint16Array;
}

/** Puts what stands in percent, backslash or entity escapes, with what is around it, as those read it who decode it. */
export function decodeEscaped(coded: CodedText, into: DecodedText, budget: ScanBudget): void {
  const signs = new EscapeSigns(coded);
  const parts = new EscapedParts(coded, into, budget);
  for (let index = signs.next(0); index >= 0; ) {
    const found = escapeAt(coded.codes, index);
    const end = index + Math.max(1, lengthOf(found));
    if (found !== noEscape) parts.add(pointOf(found), { start: index, end });
    index = signs.next(end);
  }
  parts.end();
}

/** So many characters behind a sign are looked at one by one. Where signs are rarer than that, the search of strings is quicker. */
const nearby = 32;

/** Goes from one character that an escape may begin with to the next. */
class EscapeSigns {
  readonly #text: string;
  readonly #codes: Uint16Array;
  /** Where each sign comes next; behind the end: nowhere. */
  readonly #places = signsOfEscapes.map(() => -1);

  constructor({ text, codes }: CodedText) {
    this.#text = text;
    this.#codes = codes;
  }

  /** Negative: there is none from here on. */
  next(from: number): number {
    const { length } = this.#text;
    const near = from === 0 ? from : Math.min(length, from + nearby);
    for (let index = from; index < near; index += 1) {
      if (((setsOf[this.#codes[index] as number] as number) & signOfEscape) !== 0) return index;
    }
    let nearest = length;
    for (const [index, sign] of signsOfEscapes.entries()) {
      nearest = Math.min(nearest, this.#placeOf(index, sign, near));
    }
    return nearest < length ? nearest : -1;
  }

  #placeOf(index: number, sign: string, from: number): number {
    const place = this.#places[index] as number;
    if (place >= from) return place;
    const found = this.#text.indexOf(sign, from);
    const next = found < 0 ? this.#text.length : found;
    this.#places[index] = next;
    return next;
  }
}

/** Escapes that stand near each other are read together, with all that is between them. */
class EscapedParts {
  readonly #codes: Uint16Array;
  readonly #length: number;
  readonly #into: DecodedText;
  readonly #budget: ScanBudget;
  #start = -1;
  #done = 0;

  constructor({ text, codes }: CodedText, into: DecodedText, budget: ScanBudget) {
    this.#codes = codes;
    this.#length = text.length;
    this.#into = into;
    this.#budget = budget;
  }

  add(point: number, escaped: Span): void {
    this.#budget.spendWindow(unitsPerEscape);
    if (escaped.start - this.#done > 2 * reach) this.end();
    if (this.#start < 0) {
      this.#start = Math.max(this.#done, escaped.start - reach);
      this.#done = this.#start;
      this.#into.begin();
    }
    this.#into.putPlain(this.#codes, { start: this.#done, end: escaped.start });
    if (point !== noPoint) this.#into.put(point, escaped);
    this.#done = escaped.end;
  }

  end(): void {
    if (this.#start < 0) return;
    const end = Math.min(this.#length, this.#done + reach);
    this.#into.putPlain(this.#codes, { start: this.#done, end });
    this.#into.end({ start: this.#start, end });
    this.#start = -1;
  }
}
