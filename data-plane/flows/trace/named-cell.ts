const word = /[\p{L}\p{N}]+/gu;

/**
 * Whether a cell of a table, a line or a whole text is one that few others say: a full name, a number with letters, a
 * short sentence. Single words and dates are not: they stand everywhere.
 */
export function isNamedValue(text: string, from: number, to: number): boolean {
  const cell = text.slice(from, to);
  const words = cell.match(word) ?? [];
  const numbered = words.filter((it) => /\d/.test(it));
  if (numbered.length > 0) return isIdentifying(cell, words);
  const capitals = words.filter((it) => /^\p{Lu}/u.test(it)).length;
  if (words.length >= 2 && words.length <= 5 && capitals >= words.length - 1) return capitals >= 2;
  return words.length >= 4 && cell.length >= 20;
}

const date =
  /^\s*(?:\d{1,4}[-/. ]){2}\d{1,4}\b|\d{1,2}:\d\d\b|\b(?:19|20)\d\d\b|^\s*(?:19|20)\d{6}(?:T|\b)/;

function isIdentifying(cell: string, words: readonly string[]): boolean {
  if (date.test(cell)) return false;
  const digits = cell.replaceAll(/\D+/g, "").length;
  return digits >= 6 || (digits >= 3 && words.length >= 3) || (digits >= 4 && words.length <= 2);
}
