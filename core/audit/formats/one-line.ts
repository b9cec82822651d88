/**
 * Text for formats of one line: a tab becomes a space; what a reader could take for the end of a line or of the text
 * becomes U+FFFD, but for \n and \r, which each format writes in its own way.
 */
export function oneLine(text: string): string {
  return suspicious.test(text) ? cleaned(text) : text;
}

/** Most values have none of it, and this is much quicker to see than the classes of Unicode. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const suspicious = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/;

function cleaned(text: string): string {
  return text.replaceAll("\t", " ").replace(/(?![\n\r])[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd");
}

/** The text, or the beginning of it and an ellipsis: at most so many UTF-16 units, and no character in two. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
