/**
 * What a reader does not see, or sees as something else: controls, format, tag and separator characters, halves of surrogate
 * pairs, variation selectors, and the fillers and blanks that are letters or symbols by category.
 */
export const invisible =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u00a0\u115f\u1160\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]|\u034f|[\u17b4\u17b5]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

/** The text with each such character as its code point, like `<U+200B>`. */
export function visible(text: string): string {
  return text.replace(invisible, (char) => `<${codePointOf(char)}>`);
}

/** As `U+200B`. */
export function codePointOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
