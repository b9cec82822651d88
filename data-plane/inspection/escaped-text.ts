import type { Span } from "./confirmers.ts";
import type { DecodedText } from "./decoded-text.ts";
import { escapeAt, firstEscape, lengthOf, noEscape, pointOf } from "./read-escape.ts";
import type { ScanBudget } from "./scan-budget.ts";

/** How far around an escape the text is read with it: no secret but a private key is longer. */
const reach = 256;

/** Of a budget. */
const unitsPerEscape = 0.1;

const highestSign = 0x5c;

/** A text, and its UTF-16 with zeros behind it. */
interface CodedText {
  readonly text: string;
  readonly codes: Uint16Array;
}

/** Puts what stands in percent, backslash or entity escapes, with what is around it, as those read it who decode it. */
export function decodeEscaped(
  { text, codes }: CodedText,
  into: DecodedText,
  budget: ScanBudget,
): void {
  const first = firstEscape(text);
  if (first < 0) return;
  const parts = new EscapedParts({ text, codes }, into, budget);
  for (let index = first; index < text.length; index += 1) {
    if ((codes[index] as number) > highestSign) continue;
    const found = escapeAt(codes, index);
    if (found === noEscape) continue;
    const end = index + lengthOf(found);
    parts.add(pointOf(found), { start: index, end });
    index = end - 1;
  }
  parts.end();
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
    this.#into.put(point, escaped);
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
