import { inPlainLetters } from "../../core/text/plain-letters.ts";
import { invisible, invisibleWidthAt, mayBeInvisible } from "./character-kinds.ts";
import type { Span } from "./confirmers.ts";
import { isLegitimate, type Units } from "./legitimate-characters.ts";
import type { ScanBudget } from "./scan-budget.ts";
import { codesOf } from "./text-codes.ts";
import { blockLength, lengthWith, textTraits } from "./text-traits.ts";

export type HiddenKind =
  | "tag-characters"
  | "zero-width"
  | "bidi-controls"
  | "fillers"
  | "variation-selectors"
  | "terminal-escapes"
  | "control-characters";

export interface HiddenSpan extends Span {
  readonly kind: HiddenKind;
}

/** Everything but printable ASCII and the three white spaces of plain text: without it there is nothing to look for. */
const unusual = /[^\t\n\r\x20-\x7e]/;

/** CSI and OSC sequences, the latter with what a terminal would swallow. From the byte after ESC, or from C1. */
const afterEscape =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
  /\[[0-?]{0,64}[ -/]{0,8}[@-~]|[\]PX^_][^\u0007\u001b\u009c]{0,2048}(?:\u0007|\u001b\\|\u009c)|[ -/]{1,4}[0-~]|[0-OQ-WYZ\\`-~]/y;

/** To look for them costs so much of what the one pass over all of a text does, and each so many units. */
const shareOfHidden = 0.25;
const unitsPerRun = 0.15;

/** Whoever hides more than this hides everything behind it, too: it is one span to the end. */
const maxSpans = 10_000;

/** Whether a text is plain ASCII, where nothing can hide. */
export function isPlainAscii(text: string): boolean {
  return !unusual.test(text);
}

/** Finds what a reader does not see and no script or emoji needs, in those blocks that may have it. In order, without overlaps. */
export function findHidden(
  text: string,
  budget: ScanBudget,
  blocks?: readonly number[],
): readonly HiddenSpan[] {
  budget.spendCharacters(lengthWith(textTraits.hidden, text, blocks), shareOfHidden);
  const units = { codes: codesOf(text), length: text.length };
  const found: HiddenSpan[] = [];
  let covered = 0;
  for (let at = nextInvisible(units, 0, blocks); at < text.length && covered < text.length; ) {
    budget.spendWindow(unitsPerRun);
    const end = endOfRun(units, at);
    const start = Math.max(at, covered);
    if (end > covered && !isLegitimate(units, start, end)) {
      covered = found.length < maxSpans ? endOfEscape(text, end) : text.length;
      found.push({ kind: kindOf(text.codePointAt(start) ?? 0), start, end: covered });
    }
    at = nextInvisible(units, end, blocks);
  }
  return found;
}

/** Where the next invisible character stands, or the end of the text. */
function nextInvisible({ codes, length }: Units, from: number, blocks?: readonly number[]): number {
  for (let at = from; at < length; ) {
    const block = Math.floor(at / blockLength);
    const end = Math.min(length, (block + 1) * blockLength);
    if (blocks && ((blocks[block] as number) & textTraits.hidden) === 0) {
      at = end;
      continue;
    }
    for (; at < end; at += 1) {
      if (mayBeInvisible(codes[at] as number) && invisibleWidthAt(codes, at) > 0) return at;
    }
  }
  return length;
}

/** Runs in pieces: of an endless one each is looked at by itself. */
const longestRun = 64;

function endOfRun({ codes, length }: Units, start: number): number {
  let end = start;
  for (let count = 0; count < longestRun && end < length; count += 1) {
    const width = invisibleWidthAt(codes, end);
    if (width === 0) break;
    end += width;
  }
  return end;
}

/** Without those spans. */
export function strip(text: string, spans: readonly Span[]): string {
  let kept = "";
  let from = 0;
  for (const { start, end } of spans) {
    kept += text.slice(from, start);
    from = end;
  }
  return kept + text.slice(from);
}

/** As a reader who ignores what is invisible reads it, in plain letters. */
export function reveal(text: string): string {
  return inPlainLetters(text.replaceAll(invisible, ""));
}

function endOfEscape(text: string, end: number): number {
  if (text.charCodeAt(end - 1) !== 0x1b) return end;
  afterEscape.lastIndex = end;
  return afterEscape.test(text) ? afterEscape.lastIndex : end;
}

const kinds: readonly (readonly [from: number, to: number, kind: HiddenKind])[] = [
  [0x00, 0x1a, "control-characters"],
  [0x1b, 0x1b, "terminal-escapes"],
  [0x1c, 0x8f, "control-characters"],
  [0x90, 0x90, "terminal-escapes"],
  [0x91, 0x97, "control-characters"],
  [0x98, 0x9f, "terminal-escapes"],
  [0x115f, 0x1160, "fillers"],
  [0x17b4, 0x17b5, "fillers"],
  [0x180b, 0x180d, "variation-selectors"],
  [0x180f, 0x180f, "variation-selectors"],
  [0x200e, 0x200f, "bidi-controls"],
  [0x061c, 0x061c, "bidi-controls"],
  [0x202a, 0x202e, "bidi-controls"],
  [0x2066, 0x206f, "bidi-controls"],
  [0x3164, 0x3164, "fillers"],
  [0xfe00, 0xfe0f, "variation-selectors"],
  [0xffa0, 0xffa0, "fillers"],
  [0xe0000, 0xe007f, "tag-characters"],
  [0xe0100, 0xe01ef, "variation-selectors"],
];

function kindOf(codePoint: number): HiddenKind {
  const range = kinds.find(([from, to]) => codePoint >= from && codePoint <= to);
  return range?.[2] ?? "zero-width";
}
