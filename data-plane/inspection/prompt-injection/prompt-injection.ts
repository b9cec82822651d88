import type { Span } from "../confirmers.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { narrowed } from "./narrow-text.ts";
import { PossibleSignals } from "./possible-signals.ts";
import { inLines, type Reading, readingsOf, shares, withLinesJoined } from "./readings.ts";
import { respellings } from "./respellings.ts";
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
const inOrder = signals.toSorted((one, other) => rankOf(one) - rankOf(other));
const possible = new PossibleSignals(inOrder);
const weights = new Map(signals.map(({ id, weight }) => [id, weight] as const));
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
export function scorePromptInjections(text: string, places: Places): readonly PromptInjection[] {
  const { budget, context } = places;
  const starts = startsIn(text, places);
  const all = context === "definition" ? inOrder : inOrderOfTexts;
  const found: PromptInjection[] = [];
  let block: Block = { end: 0, counted: all, isRespelled: false };
  let suspicious = 0;
  let seen = 0;
  for (const start of starts) {
    if (suspicious === maxSuspicious) break;
    budget.spendWindow(unitsPerWindow);
    const span = spanOf(text, start);
    if (span.end > block.end) block = blockOf(text, starts, { first: seen, all, budget });
    seen += 1;
    if (block.counted.length === 0) continue;
    const scored = score(narrowed(text.slice(span.start, span.end)), block, budget);
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

/** Windows without a gap between them. */
interface Block {
  readonly end: number;
  /** The signs that can be in them. */
  readonly counted: readonly Signal[];
  /** Where a word is respelled may depend on where the text begins, so each window is asked by itself. */
  readonly isRespelled: boolean;
}

interface Ahead {
  /** The first of the windows that are not looked at yet. */
  readonly first: number;
  readonly all: readonly Signal[];
  readonly budget: ScanBudget;
}

/** How far the windows go on without a gap, and which signs can be in them. None, where nothing there instructs. */
function blockOf(text: string, starts: readonly number[], { first, all, budget }: Ahead): Block {
  const { start, end: firstEnd } = spanOf(text, starts[first] ?? 0);
  let end = firstEnd;
  for (let next = first + 1; next < starts.length; next += 1) {
    const span = spanOf(text, starts[next] as number);
    if (span.start > end || span.end - start > longestBlock) break;
    end = span.end;
  }
  const block = narrowed(text.slice(start, end));
  const joined = withLinesJoined(block);
  budget.spendWork(block.length * shares.respelling);
  if (respellings(joined).length > 0) return { end, counted: all, isRespelled: true };
  const readings = inLines(block, joined, budget);
  // A break that is written as letters goes on in a word, and ends where it is joined.
  const asked = block.includes("\\") ? readings : readings.slice(0, 1);
  const mayHold = possibleIn(asked, all, budget);
  // A window alone is asked once.
  const held = (it: Signal) => end === firstEnd || !it.isInstruction || isIn(it, readings);
  const counted = mayHold.filter(held);
  const instructs = counted.some(({ isInstruction }) => isInstruction);
  return { end, counted: instructs ? counted : [], isRespelled: false };
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

function possibleIn(
  readings: readonly Reading[],
  counted: readonly Signal[],
  budget: ScanBudget,
): readonly Signal[] {
  const asked = readings.map(({ text }) => possible.in(text, budget));
  return counted.filter((signal) => asked.some((mayHold) => mayHold(signal)));
}

function isIn(signal: Signal, readings: readonly Reading[]): boolean {
  return readings.some((reading) => reading.holds(signal));
}

/** The score of a text that is no longer than a window. */
function score(window: string, block: Block, budget: ScanBudget) {
  const readings = readingsOf(window, budget);
  const counted = block.isRespelled ? possibleIn(readings, block.counted, budget) : block.counted;
  const matching: string[] = [];
  let sum = 0;
  for (const signal of counted) {
    if (sum === 0 && !signal.isInstruction) break;
    const rest = signal.weight - weightSaid(signal, matching);
    if (rest <= 0 || !isIn(signal, readings)) continue;
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
