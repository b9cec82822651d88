import { LiteralFinder } from "../../literal-finder.ts";
import type { ScanBudget } from "../../scan-budget.ts";
import type { PatternChains } from "./pattern-chains.ts";
import { farAway, noPattern, noStep, StepTree } from "./step-tree.ts";

/** Where in a text a signal may be, in order and apart from each other: from, to, from, to … */
export type Candidates = readonly number[];

/** To follow a word costs, for each number of its steps, so much of what it does to read a character. */
const workPerNumber = 0.45;
/** Where places are counted from anew, before numbers would be too large. */
const mostCounted = 1_000_000_000;
/** Behind all that is counted. */
const everywhere = 2_000_000_000;

/**
 * Tells in one pass over a text where each of many patterns may match: where words that it requires stand one behind the other,
 * as near as they must. Honest texts have few such places, so most patterns are never asked.
 */
export class SignalFinder {
  readonly #finder: LiteralFinder;
  /** For each word where its steps begin in the list, where those begin that must stand where a word does, and where they end. */
  readonly #anywhere: Int32Array;
  readonly #atStart: Int32Array;
  readonly #behindSteps: Int32Array;
  /** For each step of each word three numbers: which it is, which comes before it, and how far it may be behind that. */
  readonly #steps: Int32Array;
  /** For each step which pattern it ends, if any. */
  readonly #ends: Int32Array;
  /** For each step that ends a pattern, how far before and behind its word a match may reach. */
  readonly #before: Int32Array;
  readonly #behind: Int32Array;
  /** Those of which nothing is required. */
  readonly #always: readonly number[];
  readonly #count: number;
  /** Where the word of each step was met last: counted from the first text on, so that nothing has to be forgotten. */
  readonly #metAt: Int32Array;
  #counted = farAway;
  /** Where the text that is read begins among all that were. */
  #base = 0;
  #spans: (number[] | undefined)[] = [];

  /** What patterns require, each known by its place among all. Undefined: it is not looked for. */
  constructor(patterns: readonly (PatternChains | undefined)[]) {
    const tree = new StepTree();
    const always: number[] = [];
    for (const [number, pattern] of patterns.entries()) {
      if (!pattern) continue;
      const { chains, around } = pattern;
      if (chains.some((it) => it.steps.length === 0)) always.push(number);
      else for (const chain of chains) tree.add(chain, { number, around });
    }
    const { steps, words } = tree;
    this.#finder = new LiteralFinder([...words.keys()]);
    const list: number[] = [];
    const listed = (indexes: readonly number[]) => {
      const from = list.length;
      for (const index of indexes) {
        const { previous = 0, within = 0 } = steps[index] ?? {};
        list.push(index, previous, within);
      }
      return from;
    };
    const ranges = [...words.values()].map(({ anywhere, atStart }) => [
      listed(anywhere),
      listed(atStart),
      list.length,
    ]);
    const rangesAt = (column: number) => Int32Array.from(ranges, (it) => it[column] ?? 0);
    this.#anywhere = rangesAt(0);
    this.#atStart = rangesAt(1);
    this.#behindSteps = rangesAt(2);
    this.#steps = Int32Array.from(list);
    this.#ends = Int32Array.from(steps, (it) => it.ends);
    this.#before = Int32Array.from(steps, (it) => it.before);
    this.#behind = Int32Array.from(steps, (it) => it.behind);
    this.#always = always;
    this.#count = patterns.length;
    this.#metAt = new Int32Array(steps.length);
    this.#metAt[noStep] = everywhere;
  }

  /** For each pattern where it can be in this text. Undefined: nowhere. */
  in(text: string, budget: ScanBudget): readonly (Candidates | undefined)[] {
    this.#begin(text.length);
    const spans: (number[] | undefined)[] = new Array(this.#count);
    this.#spans = spans;
    for (const number of this.#always) spans[number] = [0, text.length];
    let followed = 0;
    // The text was read before: to read parts of it again must not make the time longer that all may take.
    const again = { spendCharacters: (count: number) => budget.spendWork(count) };
    this.#finder.find(text, again, (word, start) => {
      const atStart = this.#atStart[word] as number;
      const to = beginsWord(text, start) ? (this.#behindSteps[word] as number) : atStart;
      const from = this.#anywhere[word] as number;
      followed += to - from + 1;
      this.#follow(from, to, start);
    });
    budget.spendWork(followed * workPerNumber);
    return spans;
  }

  /** Behind everything that was met before, farther than any two words of a signal are apart. */
  #begin(length: number): void {
    if (this.#counted > mostCounted) {
      this.#metAt.fill(0);
      this.#metAt[noStep] = everywhere;
      this.#counted = farAway;
    }
    this.#base = this.#counted;
    this.#counted += length + farAway;
  }

  /** Later steps come first, so that one word is not taken for two. */
  #follow(from: number, to: number, start: number): void {
    const steps = this.#steps;
    const metAt = this.#metAt;
    const at = this.#base + start;
    for (let index = from; index < to; index += 3) {
      const previous = steps[index + 1] as number;
      if ((metAt[previous] as number) + (steps[index + 2] as number) < at) continue;
      const step = steps[index] as number;
      metAt[step] = at;
      if (this.#ends[step] !== noPattern) this.#end(step, start);
    }
  }

  #end(step: number, start: number): void {
    const before = this.#before[step] as number;
    const behind = this.#behind[step] as number;
    add(this.#spans, this.#ends[step] as number, start - before, start + behind);
  }
}

/** Spans that meet are one. */
function add(all: (number[] | undefined)[], signal: number, start: number, end: number): void {
  let from = Math.max(0, start);
  let to = end;
  const spans = all[signal] ?? [];
  all[signal] = spans;
  for (let last = spans.length - 1; last > 0 && from <= (spans[last] as number); last -= 2) {
    from = Math.min(from, spans[last - 1] as number);
    to = Math.max(to, spans[last] as number);
    spans.length -= 2;
  }
  spans.push(from, to);
}

function beginsWord(text: string, start: number): boolean {
  if (start === 0) return true;
  const before = text.charCodeAt(start - 1);
  const letter = before | 0x20;
  const isLetter = letter >= 0x61 && letter <= 0x7a;
  return !(isLetter || (before >= 0x30 && before <= 0x39) || before === 0x5f);
}
