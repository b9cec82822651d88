import { ibanShapes, passesIban } from "../../../core/text/checksums.ts";

/** Where an account ends, and its letters and digits alone. */
export interface FoundAccount {
  readonly end: number;
  readonly normalised: string;
}

/** What a character of an account may be, as bits. */
const digit = 1;
const letter = 2;
const separator = 4;
const bits = { n: digit, a: letter, c: digit | letter } as const;

const kindOf = new Uint8Array(65_536);
for (const it of "0123456789") kindOf[it.charCodeAt(0)] = digit;
for (const it of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  kindOf[it.charCodeAt(0)] = letter;
}
for (const it of " -\u00a0\u202f") kindOf[it.charCodeAt(0)] = separator;

const letters = 26;
/** By the two letters of a country: for each place behind the check digits what may stand there. */
const shapes: (Uint8Array | undefined)[] = Array.from({ length: 1 + letters * letters });
for (const [country, shape] of ibanShapes) {
  shapes[countryAt(country, 0)] = Uint8Array.from(shape, (it) => bits[it as keyof typeof bits]);
}

/** A number for two letters. 0 where others stand. */
function countryAt(text: string, at: number): number {
  const first = (text.charCodeAt(at) | 0x20) - 0x61;
  const second = (text.charCodeAt(at + 1) | 0x20) - 0x61;
  const are = first >= 0 && first < letters && second >= 0 && second < letters;
  return are ? 1 + first * letters + second : 0;
}

/**
 * The account that begins here, in groups or not: of a country of the register, of its shape, and with the check digits
 * that it must have. Other words may follow. Its number is divided while it is read: most of what looks like one is none.
 */
export function accountAt(text: string, at: number): FoundAccount | undefined {
  const country = at < 0 ? 0 : countryAt(text, at);
  const shape = country === 0 ? undefined : shapes[country];
  if (!shape || isAlphanumeric(text, at - 1)) return undefined;
  const end = endOfSound(text, at, shape);
  if (end === 0 || isAlphanumeric(text, end)) return undefined;
  const plain = text.slice(at, end).replaceAll(/[ \u00a0\u202f-]/g, "");
  return passesIban(plain) ? { end, normalised: plain.toUpperCase() } : undefined;
}

/** Behind letters and digits of this shape that pass. 0: there are none. */
function endOfSound(text: string, at: number, shape: Uint8Array): number {
  const { length } = text;
  let end = at + 4;
  let rest = 0;
  for (let place = 0; place < shape.length; place += 1) {
    if (end >= length) return 0;
    let code = text.charCodeAt(end);
    if (kindOf[code] === separator && end + 1 < length) {
      end += 1;
      code = text.charCodeAt(end);
    }
    if (((shape[place] as number) & (kindOf[code] as number)) === 0) return 0;
    rest = numberWith(rest, code);
    end += 1;
  }
  // The country and the check digits count as if they came last.
  for (let lead = at; lead < at + 4; lead += 1) rest = numberWith(rest, text.charCodeAt(lead));
  return rest % divisor === 1 ? end : 0;
}

/** ISO 7064. */
const divisor = 97;
/** Divisions are slow: a number is divided only where it would become too large for one more letter. */
const large = 2 ** 24;

/** A number with one more digit or letter behind it, or what is left of it when it is divided. */
function numberWith(number: number, code: number): number {
  const rest = number < large ? number : number % divisor;
  return code <= 0x39 ? rest * 10 + code - 0x30 : rest * 100 + (code | 0x20) - 0x57;
}

function isAlphanumeric(text: string, at: number): boolean {
  return (kindAt(text, at) & (digit | letter)) !== 0;
}

function kindAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? (kindOf[text.charCodeAt(at)] as number) : 0;
}
