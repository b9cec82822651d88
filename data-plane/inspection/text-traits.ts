import { isOfOtherScript, mayBeCopied, mayBeInvisible } from "./character-kinds.ts";

/** What the one pass over a text notes of its characters, as bits: who needs none of those need not look. */
export const textTraits = {
  /** Anything but printable ASCII and the three white spaces of plain text. */
  unusual: 1,
  digit: 2,
  at: 4,
  /** What a reader may not see. */
  hidden: 8,
  /** What the copy of a text may not have as the text does. */
  copied: 16,
  /** What it has not in Latin words. */
  otherScript: 32,
} as const;

/** The bits of all the characters of a text, and of those of each of its blocks. */
export interface TextTraits {
  readonly all: number;
  readonly blocks: readonly number[];
}

/** In characters. */
export const blockLength = 1_024;

/** For each unit its bits. */
export const traitsOf = new Uint8Array(65_536).map((_, code) => traitsOfUnit(code));

function traitsOfUnit(code: number): number {
  if (code === 9 || code === 10 || code === 13) return 0;
  if (code >= 0x20 && code <= 0x7e) {
    if (code >= 0x30 && code <= 0x39) return textTraits.digit;
    return code === 0x40 ? textTraits.at : 0;
  }
  return (
    textTraits.unusual |
    (mayBeInvisible(code) ? textTraits.hidden : 0) |
    (mayBeCopied(code) ? textTraits.copied : 0) |
    (isOfOtherScript(code) ? textTraits.otherScript : 0)
  );
}

/** How many characters of a text stand in blocks with this trait; all of them where nothing is known of its blocks. */
export function lengthWith(
  trait: number,
  text: string,
  blocks: readonly number[] | undefined,
): number {
  if (!blocks) return text.length;
  const count = blocks.reduce((sum, traits) => ((traits & trait) === 0 ? sum : sum + 1), 0);
  return Math.min(text.length, count * blockLength);
}
