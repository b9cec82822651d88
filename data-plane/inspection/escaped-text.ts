import type { DecodedText } from "./decoded-text.ts";
import {
  escapeAt,
  lengthOf,
  mayBeginAt,
  noEscape,
  noPoint,
  pointOf,
  signsOfEscapes,
} from "./read-escape.ts";
import type { ScanBudget } from "./scan-budget.ts";

/** How far around an escape the text is read with it: no secret but a private key is longer. */
const reach = 256;

/** Of a budget. What only begins like an escape takes less. */
const unitsPerEscape = 0.1;
const unitsPerSign = 0.03;
const countedAtOnce = 64;

/** A text, and its UTF-16 with zeros behind it. */
interface CodedText {
  readonly text: string;
  readonly codes: Uint16Array;
}

/** Puts what stands in percent, backslash or entity escapes, with what is around it, as those read it who decode it. */
export function decodeEscaped(coded: CodedText, into: DecodedText, budget: ScanBudget): void {
  const { codes } = coded;
  const signs = new EscapeSigns(coded);
  const parts = new EscapedParts(coded, into);
  let escapes = 0;
  let others = 0;
  for (let index = signs.next(0); index >= 0; ) {
    const found = escapeAt(codes, index);
    if (found === noEscape) {
      index = signs.next(index + 1);
      others += 1;
    } else {
      const end = index + lengthOf(found);
      parts.add(pointOf(found), index, end);
      index = signs.next(end);
      escapes += 1;
    }
    if (escapes + others === countedAtOnce) {
      budget.spendWindow(escapes * unitsPerEscape + others * unitsPerSign);
      escapes = 0;
      others = 0;
    }
  }
  budget.spendWindow(escapes * unitsPerEscape + others * unitsPerSign);
  parts.end();
}

/** So many characters behind a sign are looked at one by one. Where signs are rarer than that, the search of strings is quicker. */
const nearby = 32;

/** Goes from one place where an escape may begin to the next. */
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
    const codes = this.#codes;
    const { length } = this.#text;
    let at = from;
    while (at < length) {
      const near = Math.min(length, at + nearby);
      while (at < near && !mayBeginAt(codes, at)) at += 1;
      if (at < near) return at;
      at = this.#nearestSign(near);
    }
    return -1;
  }

  #nearestSign(from: number): number {
    let nearest = this.#text.length;
    for (let index = 0; index < signsOfEscapes.length; index += 1) {
      nearest = Math.min(nearest, this.#placeOf(index, from));
    }
    return nearest;
  }

  #placeOf(index: number, from: number): number {
    const place = this.#places[index] as number;
    if (place >= from) return place;
    const found = this.#text.indexOf(signsOfEscapes[index] as string, from);
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
  #start = -1;
  #done = 0;

  constructor({ text, codes }: CodedText, into: DecodedText) {
    this.#codes = codes;
    this.#length = text.length;
    this.#into = into;
  }

  /** The escape that stands there. */
  add(point: number, start: number, end: number): void {
    if (start - this.#done > 2 * reach) this.end();
    if (this.#start < 0) {
      this.#start = Math.max(this.#done, start - reach);
      this.#done = this.#start;
      this.#into.begin();
    }
    if (this.#done < start) this.#into.putPlain(this.#codes, { start: this.#done, end: start });
    if (point !== noPoint) this.#into.put(point, start, end);
    this.#done = end;
  }

  end(): void {
    if (this.#start < 0) return;
    const end = Math.min(this.#length, this.#done + reach);
    this.#into.putPlain(this.#codes, { start: this.#done, end });
    this.#into.end({ start: this.#start, end });
    this.#start = -1;
  }
}
