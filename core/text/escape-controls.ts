/**
 * What a terminal obeys or a reader does not see: control characters, terminal escapes, bidirectional
 * overrides, zero-width and tag characters, line separators, halves of surrogate pairs.
 */
export const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Makes text from elsewhere safe to show: agents choose their arguments and must not be able
 * to send commands to an operator's terminal, nor to forge a line.
 */
export function escapeControls(text: string): string {
  return text.replace(unprintable, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (shortEscapes[char]) return shortEscapes[char];
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
  });
}
