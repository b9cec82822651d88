/** How many weights there are. Words that nobody foresaw share them with others: the table is learned with that (Weinberger et al. 2009: feature hashing). */
export const bitsOfSlot = 17;
const unusedBits = 32 - bitsOfSlot;

/** No more letters of a word tell it from others. */
const longestForm = 24;
/** FNV-1a, 32 bits. */
const offset = 0x811c9dc5;
const prime = 0x01000193;
const spread = 0x9e3779b1;
const digitZero = 0x30;
const digitNine = 0x39;

/** Stands for what is before the first word. */
export const noWord = 0;

/** A number for a word in lower case, the same in every process. All numerals are one word. */
export function hashOfWord(word: string): number {
  let hash = offset;
  const length = Math.min(word.length, longestForm);
  for (let at = 0; at < length; at += 1) {
    const code = word.charCodeAt(at);
    const isDigit = code >= digitZero && code <= digitNine;
    if (isDigit && at > 0 && isDigitAt(word, at - 1)) continue;
    hash = Math.imul(hash ^ (isDigit ? digitZero : code), prime);
  }
  return hash | 0 || 1;
}

function isDigitAt(word: string, at: number): boolean {
  const code = word.charCodeAt(at);
  return code >= digitZero && code <= digitNine;
}

/** Where the weight of a word is. */
export function slotOf(hash: number): number {
  return Math.imul(hash, spread) >>> unusedBits;
}

/** Where that of a word is behind another. */
export function slotOfPair(previous: number, hash: number): number {
  return Math.imul(Math.imul(previous, prime) + hash, spread) >>> unusedBits;
}

/** Stands where a sentence ends. */
export const sentenceEndHash = hashOfWord(".");
