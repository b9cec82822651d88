import { LiteralFinder } from "../../literal-finder.ts";
import type { ScanBudget } from "../../scan-budget.ts";
import { chainsOf } from "./pattern-chains.ts";
import { farAway, type Led, StepTree } from "./step-tree.ts";

/** Where in a text a signal may be, in order and apart from each other: from, to, from, to … */
export type Candidates = readonly number[];

/** To follow a word that was found costs so much of what it does to read a character. */
const workPerStep = 0.5;
/** Where places are counted from anew, before numbers would be too large. */
const mostCounted = 1_000_000_000;

/**
 * Tells in one pass over a text where each of many patterns may match: where words that it requires stand one behind the other,
 * as near as they must. Honest texts have few such places, so most patterns are never asked.
 */
export class SignalFinder {
  readonly #finder: LiteralFinder;
  readonly #stepsAnywhere: readonly Int32Array[];
  readonly #stepsAtStart: readonly Int32Array[];
  /** For each step which one comes before it. -1: it is the first. */
  readonly #previous: Int32Array;
  /** For each step how far it may be behind the one before. */
  readonly #within: Int32Array;
  /** For each step which pattern it ends. -1: another comes. */
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

  /** Undefined patterns are not looked for: the others are known by their place among all. */
  constructor(patterns: readonly (RegExp | undefined)[]) {
    const tree = new StepTree();
    const always: number[] = [];
    for (const [number, pattern] of patterns.entries()) {
      if (!pattern) continue;
      const { chains, around } = chainsOf(pattern);
      if (chains.some((it) => it.steps.length === 0)) always.push(number);
      else for (const chain of chains) tree.add(chain, { number, around });
    }
    const { steps, words } = tree;
    this.#finder = new LiteralFinder([...words.keys()]);
    const stepsOf = (kind: keyof Led) => [...words.values()].map((it) => Int32Array.from(it[kind]));
    this.#stepsAnywhere = stepsOf("anywhere");
    this.#stepsAtStart = stepsOf("atStart");
    this.#previous = Int32Array.from(steps, (it) => it.previous);
    this.#within = Int32Array.from(steps, (it) => it.within);
    this.#ends = Int32Array.from(steps, (it) => it.ends);
    this.#before = Int32Array.from(steps, (it) => it.before);
    this.#behind = Int32Array.from(steps, (it) => it.behind);
    this.#always = always;
    this.#count = patterns.length;
    this.#metAt = new Int32Array(steps.length);
  }

  /** For each pattern where it can be in this text. Undefined: nowhere. */
  in(text: string, budget: ScanBudget): readonly (Candidates | undefined)[] {
    const base = this.#begin(text.length);
    const spans: (number[] | undefined)[] = new Array(this.#count);
    for (const number of this.#always) spans[number] = [0, text.length];
    let followed = 0;
    // The text was read before: to read parts of it again must not make the time longer that all may take.
    const again = { spendCharacters: (count: number) => budget.spendWork(count) };
    this.#finder.find(text, again, (word, start) => {
      const anywhere = this.#stepsAnywhere[word] as Int32Array;
      if (anywhere.length > 0) this.#follow(anywhere, { base, start, spans });
      const atStart = this.#stepsAtStart[word] as Int32Array;
      followed += anywhere.length + 1;
      if (atStart.length === 0 || !beginsWord(text, start)) return;
      followed += atStart.length;
      this.#follow(atStart, { base, start, spans });
    });
    budget.spendWork(followed * workPerStep);
    return spans;
  }

  /** Behind everything that was met before, farther than any two words of a signal are apart. */
  #begin(length: number): number {
    if (this.#counted > mostCounted) {
      this.#metAt.fill(0);
      this.#counted = farAway;
    }
    const base = this.#counted;
    this.#counted += length + farAway;
    return base;
  }

  /** Later steps come first, so that one word is not taken for two. */
  #follow(steps: Int32Array, { base, start, spans }: Met): void {
    const at = base + start;
    for (let index = 0; index < steps.length; index += 1) {
      const step = steps[index] as number;
      const previous = this.#previous[step] as number;
      if (previous >= 0 && (this.#metAt[previous] as number) + (this.#within[step] as number) < at)
        continue;
      this.#metAt[step] = at;
      const pattern = this.#ends[step] as number;
      if (pattern < 0) continue;
      add(
        spans,
        pattern,
        start - (this.#before[step] as number),
        start + (this.#behind[step] as number),
      );
    }
  }
}

interface Met {
  /** Where the text begins among all that were read. */
  readonly base: number;
  readonly start: number;
  readonly spans: (number[] | undefined)[];
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
