import type { Span } from "../confirmers.ts";
import { type ScanBudget, WorkUsedUp } from "../scan-budget.ts";
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
/** Of all the work: the rest is for what is looked for behind. */
const shareOfPrompts = 0.95;
/** What a window costs before any sign is asked. */
const unitsPerWindow = 4;
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
const isAsked = (signal: Signal, context: PromptContext) =>
  context === "text" ? signal.definitionsOnly !== true : signal.textsOnly !== true;
const askedIn = (context: PromptContext) =>
  inOrder.filter(({ signal }) => isAsked(signal, context));
const asked = { text: askedIn("text"), definition: askedIn("definition") };
/** What is not asked for costs nothing. */
const readerFor = (context: PromptContext) =>
  new BlockReader(inOrder.map((it) => ({ ...it, isAsked: isAsked(it.signal, context) })));
const readers = { text: readerFor("text"), definition: readerFor("definition") };
const weights = new Map(signals.map(({ id, weight }) => [id, weight] as const));

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
  const starts = startsIn(text, places);
  const look = new WindowLook(text, starts, places);
  const isDone = look.run();
  const lines = look.found.map((it) => ({ ...it, ...wholeLines(text, it) }));
  const unseen = starts[look.seen];
  if (isDone || unseen === undefined) return lines;
  return [...lines, { start: unseen, end: text.length, score: certainScore, signals: ["unseen"] }];
}

class WindowLook {
  readonly found: PromptInjection[] = [];
  /** How many windows were looked at. */
  seen = 0;
  readonly #text: string;
  readonly #starts: readonly number[];
  readonly #budget: ScanBudget;
  readonly #all: readonly Sought[];
  readonly #reader: BlockReader;
  #windows: Windows = { start: 0, end: 0, counted: [] };
  #suspicious = 0;

  constructor(text: string, starts: readonly number[], { budget, context }: Places) {
    this.#text = text;
    this.#starts = starts;
    this.#budget = budget;
    this.#reader = readers[context];
    this.#all = asked[context];
  }

  /** Looks at one window after the other. False: there are more than may be looked at. */
  run(): boolean {
    try {
      return this.#budget.atMost(shareOfPrompts, () => this.#lookAtAll());
    } catch (error) {
      if (!(error instanceof WorkUsedUp)) throw error;
      return false;
    }
  }

  #lookAtAll(): boolean {
    for (const start of this.#starts) {
      if (this.#suspicious === maxSuspicious) return false;
      this.#lookAt(start);
      this.seen += 1;
    }
    return true;
  }

  #lookAt(start: number): void {
    this.#budget.spendWindow(unitsPerWindow);
    const span = spanOf(this.#text, start);
    if (span.end > this.#windows.end) this.#windows = this.#windowsFrom();
    if (this.#windows.counted.length === 0) return;
    const scored = scoreOf(span, this.#windows);
    if (scored.score < suspiciousScore) return;
    this.#suspicious += 1;
    addTo(this.found, { ...span, ...scored });
  }

  /** How far the windows go on without a gap, and what is in them. */
  #windowsFrom(): Windows {
    const starts = this.#starts;
    const { start, end: firstEnd } = spanOf(this.#text, starts[this.seen] ?? 0);
    let end = firstEnd;
    for (let next = this.seen + 1; next < starts.length; next += 1) {
      const span = spanOf(this.#text, starts[next] as number);
      if (span.start > end || span.end - start > longestBlock) break;
      end = span.end;
    }
    const block = this.#reader.read(this.#text.slice(start, end), this.#budget);
    const counted = this.#all.filter((it) => !it.signal.isInstruction || block.holds(it));
    if (!counted.some(({ signal }) => signal.isInstruction)) return { start, end, counted: [] };
    return { start, end, counted, block };
  }
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
  /** From where on a place is none of the last window. */
  #next = Number.NEGATIVE_INFINITY;

  /** Whether a word that ends there, wherever it begins, may begin a window. */
  mayAdd(end: number): boolean {
    return end >= this.#next;
  }

  add(start: number): void {
    if (start < this.#next) return;
    this.starts.push(start);
    this.#next = start + stride;
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
