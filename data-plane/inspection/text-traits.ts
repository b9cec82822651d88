/** What the one pass over a text notes of its characters, as bits: who needs none of those need not look. */
export const textTraits = {
  /** Anything but printable ASCII and the three white spaces of plain text. */
  unusual: 1,
  digit: 2,
  at: 4,
} as const;

/** The bits of one character. */
export function traitsOf(code: number): number {
  if (code === 9 || code === 10 || code === 13) return 0;
  if (code < 0x20 || code > 0x7e) return textTraits.unusual;
  if (code >= 0x30 && code <= 0x39) return textTraits.digit;
  return code === 0x40 ? textTraits.at : 0;
}
