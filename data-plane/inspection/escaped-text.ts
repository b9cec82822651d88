import type { Span } from "./confirmers.ts";
import { characterOf } from "./decode-escapes.ts";
import type { DecodedText } from "./decoded-text.ts";
import type { ScanBudget } from "./scan-budget.ts";

/** How far around an escape the text is read with it: no secret but a private key is longer. */
const reach = 256;

/** Of a budget. */
const unitsPerEscape = 0.5;

const percent = 0x25;
const ampersand = 0x26;
const backslash = 0x5c;

const percents = /(?:%[0-9A-Fa-f]{2}){1,4096}/y;
const others =
  /\\(?:u\{?([0-9A-Fa-f]{2,6})\}?|x([0-9A-Fa-f]{2}))|&#(?:[xX]([0-9A-Fa-f]{2,5})|(\d{1,6}));?/y;

/** Puts what stands in percent, backslash or entity escapes, with what is around it, as those read it who decode it. */
export function decodeEscaped(text: string, into: DecodedText, budget: ScanBudget): void {
  if (!(text.includes("%") || text.includes("\\") || text.includes("&#"))) return;
  const parts = new EscapedParts(text, into);
  for (let index = 0; index < text.length; index += 1) {
    const length = lengthAt(text, index);
    if (length === 0) continue;
    budget.spendWindow(unitsPerEscape);
    parts.add({ start: index, end: index + length });
    index += length - 1;
  }
  parts.end();
}

/** Escapes that stand near each other are read together, with all that is between them. */
class EscapedParts {
  readonly #text: string;
  readonly #into: DecodedText;
  #start = -1;
  #done = 0;

  constructor(text: string, into: DecodedText) {
    this.#text = text;
    this.#into = into;
  }

  add(escaped: Span): void {
    if (escaped.start - this.#done > 2 * reach) this.end();
    if (this.#start < 0) {
      this.#start = Math.max(this.#done, escaped.start - reach);
      this.#done = this.#start;
      this.#into.begin();
    }
    this.#into.putPlain(this.#text, { start: this.#done, end: escaped.start });
    putEscapes(this.#text, this.#into, escaped);
    this.#done = escaped.end;
  }

  end(): void {
    if (this.#start < 0) return;
    const end = Math.min(this.#text.length, this.#done + reach);
    this.#into.putPlain(this.#text, { start: this.#done, end });
    this.#into.end({ start: this.#start, end });
    this.#start = -1;
  }
}

function lengthAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === percent) return percentsAt(text, at);
  return code === backslash || code === ampersand ? escapeAt(text, at) : 0;
}

/** The length of the escape that stands here. Those beyond ASCII are read with what follows: together they are UTF-8. */
function percentsAt(text: string, at: number): number {
  const byte = byteAt(text, at);
  if (byte < 128) return byte < 0 ? 0 : 3;
  percents.lastIndex = at;
  return percents.exec(text)?.[0].length ?? 0;
}

function escapeAt(text: string, at: number): number {
  const next = text.charCodeAt(at + 1);
  if (next !== 0x75 && next !== 0x78 && next !== 0x23) return 0;
  others.lastIndex = at;
  return others.exec(text)?.[0].length ?? 0;
}

/** Of the percent escape that stands here. Negative: there is none. */
function byteAt(text: string, at: number): number {
  const high = digitOf[text.charCodeAt(at + 1)] ?? -1;
  const low = digitOf[text.charCodeAt(at + 2)] ?? -1;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

const digitOf = new Int8Array(128).fill(-1);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  digitOf[digit.charCodeAt(0)] = value;
  digitOf[digit.toUpperCase().charCodeAt(0)] = value;
}

function putEscapes(text: string, into: DecodedText, span: Span): void {
  const { start, end } = span;
  const isPercent = text.charCodeAt(start) === percent;
  const byte = isPercent ? byteAt(text, start) : -1;
  if (byte >= 0 && byte < 128) {
    into.put(byte, start, end);
    return;
  }
  const written = text.slice(start, end);
  into.putWhole(isPercent ? utf8Of(written) : escapedCharacter(written), span);
}

function utf8Of(written: string): string {
  return Buffer.from(written.replaceAll("%", ""), "hex").toString("utf8");
}

function escapedCharacter(written: string): string {
  others.lastIndex = 0;
  const [, wide, byte, hex, decimal] = others.exec(written) ?? [];
  const code = decimal === undefined ? Number.parseInt(wide ?? byte ?? hex ?? "", 16) : +decimal;
  return characterOf(code, written);
}
