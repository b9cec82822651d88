import { isCommonName } from "./common-names.ts";

const date =
  /^\s*(?:\d{1,4}[-/. ]){2}\d{1,4}\b|\d{1,2}:\d\d\b|\b(?:19|20)\d\d\b|^\s*(?:19|20)\d{6}(?:T|\b)/;
const capital = /^\p{Lu}/u;
/** So many characters have less than a shingle. */
const longestSentence = 32;

/**
 * Whether a cell of a table, a line or a whole text is one that few others say: a full name, a number with letters, a
 * short sentence. Single words, dates and names of cities and countries are not: they stand everywhere.
 */
export function isNamedValue(text: string, from: number, to: number): boolean {
  const { words, capitals, digits } = countsOf(text, from, to);
  if (digits > 0) return isNumbered(words, digits) && !date.test(text.slice(from, to));
  if (words < 2) return false;
  if (words <= 5 && capitals >= 2 && capitals >= words - 1) {
    return !isCommonName(text.slice(from, to));
  }
  return words >= 4 && to - from >= 20 && to - from <= longestSentence;
}

function isNumbered(words: number, digits: number): boolean {
  return digits >= 6 || (digits >= 3 && words >= 3) || (digits >= 4 && words <= 2);
}

const letters = /[A-Za-z\u0080-\uffff]/;
const digit = 1;
const upper = 2;
const lower = 3;
const kindOf = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const sign = String.fromCharCode(code);
  if (letters.test(sign)) kindOf[code] = sign === sign.toLowerCase() ? lower : upper;
  else if (/\d/.test(sign)) kindOf[code] = digit;
}

function countsOf(text: string, from: number, to: number) {
  let words = 0;
  let capitals = 0;
  let digits = 0;
  let last = 0;
  for (let index = from; index < to; index += 1) {
    const code = text.charCodeAt(index);
    const kind = code < 128 ? (kindOf[code] as number) : kindAbroad(code);
    if (kind === digit) digits += 1;
    if (kind !== 0 && last === 0) {
      words += 1;
      if (kind === upper) capitals += 1;
    }
    last = kind;
  }
  return { words, capitals, digits };
}

function kindAbroad(code: number): number {
  return capital.test(String.fromCharCode(code)) ? upper : lower;
}
