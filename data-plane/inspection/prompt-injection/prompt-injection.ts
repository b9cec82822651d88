import type { Span } from "../confirmers.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { type Block, BlockReader } from "./reading/block.ts";
import { type Sought, soughtOf } from "./reading/reading.ts";
import type { Signal } from "./signal.ts";
import { signals } from "./signals.ts";

const before = 160;
const behind = 440;
const stride = 280;
/** Windows that overlap are asked together first: a sign that is nowhere in all of them is in none. */
const longestBlock = 4_096;
/** No honest text speaks to the model in so many places. */
const maxSuspicious = 64;
/** What a window costs before any sign is asked. */
const unitsPerWindow = 8;
/** One sign that means something is a coincidence; from here on it is worth a note. */
export const suspiciousScore = 4;
/** Several signs together: no honest text has them. */
export const certainScore = 6;

/** Names and types are shorter. */
const shortestOrder = 16;
const longestDefinition = 65_536;

/** Whether a text is what a tool says of itself, or what it answers. */
export type PromptContext = "text" | "definition";

const rankOf = ({ isInstruction, insteadOf }: Signal) => (isInstruction ? (insteadOf ? 1 : 0) : 2);
/** Those that instruct come first: without one of them the others mean nothing. Behind them those that stand in for others. */
const inOrder = signals.toSorted((one, other) => rankOf(one) - rankOf(other)).map(soughtOf);
const reader = new BlockReader(inOrder);
const weights = new Map(signals.map(({ id, weight }) => [id, weight] as const));
const inOrderOfTexts = inOrder.filter(({ signal }) => !signal.definitionsOnly);

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
export function scorePromptInjections(text: string, places: Places): readonly PromptInjection[] {
  const { budget, context } = places;
  const starts = startsIn(text, places);
  const all = context === "definition" ? inOrder : inOrderOfTexts;
  const found: PromptInjection[] = [];
  let windows: Windows = { start: 0, end: 0, counted: [] };
  let suspicious = 0;
  let seen = 0;
  for (const start of starts) {
    if (suspicious === maxSuspicious) break;
    budget.spendWindow(unitsPerWindow);
    const span = spanOf(text, start);
    if (span.end > windows.end) windows = windowsFrom(text, starts, { first: seen, all, budget });
    seen += 1;
    if (windows.counted.length === 0) continue;
    const scored = scoreOf(span, windows);
    if (scored.score < suspiciousScore) continue;
    suspicious += 1;
    addTo(found, { ...span, ...scored });
  }
  const unseen = starts[seen];
  const lines = found.map((it) => ({ ...it, ...wholeLines(text, it) }));
  if (unseen === undefined) return lines;
  return [...lines, { start: unseen, end: text.length, score: certainScore, signals: ["unseen"] }];
}

/** What a tool says of itself is short and read once: all of it is looked at. */
function startsIn(text: string, { starts, context }: Places): readonly number[] {
  const isShort = text.length >= shortestOrder && text.length <= longestDefinition;
  if (context !== "definition" || !isShort) return starts;
  return Array.from({ length: Math.ceil(text.length / stride) }, (_, index) => index * stride);
}

function spanOf(text: string, start: number): Span {
  return { start: Math.max(0, start - before), end: Math.min(text.length, start + behind) };
}

/** Windows without a gap between them, and what is in all of them. */
interface Windows extends Span {
  /** The signs that can be in them: none, where nothing there instructs. */
  readonly counted: readonly Sought[];
  readonly block?: Block;
}

interface Ahead {
  /** The first of the windows that are not looked at yet. */
  readonly first: number;
  readonly all: readonly Sought[];
  readonly budget: ScanBudget;
}

/** How far the windows go on without a gap. */
function windowsFrom(
  text: string,
  starts: readonly number[],
  { first, all, budget }: Ahead,
): Windows {
  const { start, end: firstEnd } = spanOf(text, starts[first] ?? 0);
  let end = firstEnd;
  for (let next = first + 1; next < starts.length; next += 1) {
    const span = spanOf(text, starts[next] as number);
    if (span.start > end || span.end - start > longestBlock) break;
    end = span.end;
  }
  const block = reader.read(text.slice(start, end), budget);
  const counted = all.filter((it) => !it.signal.isInstruction || block.holds(it));
  if (!counted.some(({ signal }) => signal.isInstruction)) return { start, end, counted: [] };
  return { start, end, counted, block };
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

/** The score of a window. */
function scoreOf(span: Span, { start, counted, block }: Windows) {
  const own = { start: span.start - start, end: span.end - start };
  const matching: string[] = [];
  let sum = 0;
  for (const sought of counted) {
    const { signal } = sought;
    if (sum === 0 && !signal.isInstruction) break;
    const rest = signal.weight - weightSaid(signal, matching);
    if (rest <= 0 || block?.holdsIn(sought, own) !== true) continue;
    matching.push(signal.id);
    sum += rest;
  }
  return { score: sum, signals: matching };
}

/** How much of what a sign says is said already. */
function weightSaid({ insteadOf }: Signal, matching: readonly string[]): number {
  if (!insteadOf) return 0;
  const said = insteadOf.filter((id) => matching.includes(id));
  return said.reduce((sum, id) => sum + (weights.get(id) ?? 0), 0);
}

/** Gathers where windows open, from the places of anchors in order. */
export class PromptWindows {
  readonly starts: number[] = [];

  add(start: number): void {
    const last = this.starts.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (start - last >= stride) this.starts.push(start);
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
