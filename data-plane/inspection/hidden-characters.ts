import { inPlainLetters } from "../../core/text/plain-letters.ts";
import type { Span } from "./confirmers.ts";
import { isLegitimate } from "./legitimate-characters.ts";
import type { ScanBudget } from "./scan-budget.ts";

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

/** Runs of characters that a reader does not see. Longer runs come in pieces: an endless one must not exhaust the stack. */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: the combining ones too, each by itself.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]{1,64}/gu;

/** Without a memory of where it was: whoever asks with it must not move the other. */
const anyInvisible = new RegExp(invisible.source, "u");

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

/** Finds what a reader does not see and no script or emoji needs. In order, without overlaps. */
export function findHidden(text: string, budget: ScanBudget): readonly HiddenSpan[] {
  budget.spendCharacters(text.length, shareOfHidden);
  if (isPlainAscii(text)) return [];
  const found: HiddenSpan[] = [];
  let covered = 0;
  for (const run of invisibleRuns(text)) {
    budget.spendWindow(unitsPerRun);
    if (covered === text.length) break;
    const { end } = run;
    const start = Math.max(run.start, covered);
    if (end <= covered || isLegitimate(text, start, end)) continue;
    covered = found.length < maxSpans ? endOfEscape(text, end) : text.length;
    found.push({ kind: kindOf(text.codePointAt(start) ?? 0), start, end: covered });
  }
  return found;
}

/** Runs in pieces: of an endless one each is looked at by itself. */
const longestRun = 64;

function* invisibleRuns(text: string): Generator<Span> {
  for (let start = 0; start < text.length; ) {
    const first = widthOf(text, start);
    if (first === 0) {
      start += 1;
      continue;
    }
    let end = start + first;
    for (let count = 1; count < longestRun && end < text.length; count += 1) {
      const width = widthOf(text, end);
      if (width === 0) break;
      end += width;
    }
    yield { start, end };
    start = end;
  }
}

/** How long the invisible character is that stands here. 0: there is none. */
function widthOf(text: string, index: number): number {
  const width = widths[text.charCodeAt(index)] as number;
  if (width !== pair) return width;
  const point = text.codePointAt(index) as number;
  return point > 0xffff && isInvisible(point) ? 2 : 0;
}

const pair = 3;
const widths = new Uint8Array(65_536).map((_, code) => {
  // The halves of the pairs that may be invisible: U+1D173 and what follows, and U+E0000 and what follows.
  if (code === 0xd834 || (code >= 0xdb40 && code <= 0xdb43)) return pair;
  if (code >= 0xd800 && code <= 0xdfff) return 0;
  const isSeen =
    (code > 0xad && code < 0x34f) || (code > 0x206f && code < 0xfe00 && code !== 0x3164);
  return !isSeen && anyInvisible.test(String.fromCharCode(code)) ? 1 : 0;
});

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

/** Whether a reader does not see the character. */
export function isInvisible(point: number): boolean {
  return anyInvisible.test(String.fromCodePoint(point));
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
