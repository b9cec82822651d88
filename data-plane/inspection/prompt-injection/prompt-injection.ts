import type { Span } from "../confirmers.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { respellings } from "./respellings.ts";
import type { Signal } from "./signal.ts";
import { signals } from "./signals.ts";

const before = 160;
const behind = 440;
const stride = 280;
/** Of about ten microseconds in honest texts, a hundred in spam. */
const maxWindows = 1_000;
/** No honest text speaks to the model in so many places. */
const maxSuspicious = 64;
/** A window costs as much as so many of those that a budget counts. */
const unitsPerWindow = 64;
/** One sign that means something is a coincidence; from here on it is worth a note. */
export const suspiciousScore = 4;
/** Several signs together: no honest text has them. */
export const certainScore = 6;

/** Whether a text is what a tool says of itself, or what it answers. */
export type PromptContext = "text" | "definition";

/** Those that instruct come first: without one of them the others mean nothing. */
const inOrder = signals.toSorted((one, other) => +other.isInstruction - +one.isInstruction);
const inOrderOfTexts = inOrder.filter(({ definitionsOnly }) => !definitionsOnly);

interface Places {
  /** Of {@link PromptWindows}. */
  readonly starts: readonly number[];
  readonly budget: ScanBudget;
  readonly context: PromptContext;
}

export interface PromptInjection extends Span {
  readonly score: number;
  readonly signals: readonly string[];
}

/**
 * How much a text speaks to the model: signals are summed within 600 characters. What is behind the last window that is
 * looked at counts as found: else spam would be a way around.
 */
export function scorePromptInjections(
  text: string,
  { starts, budget, context }: Places,
): readonly PromptInjection[] {
  const counted = context === "definition" ? inOrder : inOrderOfTexts;
  const found: PromptInjection[] = [];
  let suspicious = 0;
  let seen = 0;
  for (const start of starts) {
    if (seen === maxWindows || suspicious === maxSuspicious) break;
    seen += 1;
    budget.spendWindow(unitsPerWindow);
    const span = { start: Math.max(0, start - before), end: Math.min(text.length, start + behind) };
    const scored = score(text.slice(span.start, span.end), counted);
    if (scored.score < suspiciousScore) continue;
    suspicious += 1;
    addTo(found, { ...span, ...scored });
  }
  const unseen = starts[seen];
  const lines = found.map((it) => ({ ...it, ...wholeLines(text, it) }));
  if (unseen === undefined) return lines;
  return [...lines, { start: unseen, end: text.length, score: certainScore, signals: ["unseen"] }];
}

/** Windows that overlap are one, with the higher score. */
function addTo(found: PromptInjection[], next: PromptInjection): void {
  const last = found.at(-1);
  if (!last || next.start >= last.end) {
    found.push(next);
    return;
  }
  const best = next.score > last.score ? next : last;
  found[found.length - 1] = { ...best, start: last.start, end: next.end };
}

/** Lines are wrapped anywhere, and what was encoded twice has its breaks as letters. */
const lineBreak = /(?:[^\S\n]{0,40}\n\s*|\\[nrt]){1,4}/g;

/** The score of a text that is no longer than a window. */
function score(window: string, counted: readonly Signal[]) {
  const joined = window.replaceAll(lineBreak, " ");
  const others = joined === window ? respellings(window) : [joined, ...respellings(joined)];
  const matching: string[] = [];
  let sum = 0;
  for (const { id, pattern, weight, isInstruction } of counted) {
    if (sum === 0 && !isInstruction) break;
    if (!pattern.test(window) && !others.some((reading) => pattern.test(reading))) continue;
    matching.push(id);
    sum += weight;
  }
  return { score: sum, signals: matching };
}

/** Gathers where windows open, from the places of anchors in order: at most one more than are looked at. */
export class PromptWindows {
  readonly starts: number[] = [];

  add(start: number): void {
    const last = this.starts.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (start - last >= stride && this.starts.length <= maxWindows) this.starts.push(start);
  }
}

/** What is taken out is taken out by lines, as far as they are not endless. */
function wholeLines(text: string, { start, end }: Span): Span {
  const from = text.lastIndexOf("\n", start);
  const to = text.indexOf("\n", end);
  return {
    start: start - from < 200 ? from + 1 : start,
    end: to >= 0 && to - end < 200 ? to : end,
  };
}
