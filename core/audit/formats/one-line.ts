/**
 * Text for formats of one line: a tab becomes a space; what a reader could take for the end of a line or of the text
 * becomes U+FFFD, but for \n and \r, which each format writes in its own way.
 */
export function oneLine(text: string): string {
  return text.replaceAll("\t", " ").replace(/(?![\n\r])[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd");
}
