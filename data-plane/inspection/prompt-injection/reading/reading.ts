import type { Span } from "../../confirmers.ts";
import type { ScanBudget } from "../../scan-budget.ts";
import type { Signal } from "../signal.ts";
import { WordedPattern } from "../wording/worded-pattern.ts";
import type { Worded } from "../wording/wording-reader.ts";
import { WordPattern } from "../words/word-rule.ts";
import type { Said } from "../words/words.ts";
import { compileAtOnce } from "./compile-at-once.ts";
import { chainsOf, type PatternChains } from "./pattern-chains.ts";
import type { Candidates } from "./step-follower.ts";

/** What it costs to look for one sign, of what it does to read a text. */
const shareOfSign = 0.7;
/** A block has no room for more places of one sign: none behind spam is forgotten. */
const mostPlaces = 1_024;

/** A signal, and how to look for it. */
export interface Sought {
  readonly signal: Signal;
  /** Among all. */
  readonly number: number;
  /** Finds one after the other. Undefined for what words mean. */
  readonly pattern: RegExp | undefined;
  /** What the pattern requires. */
  readonly required: PatternChains | undefined;
  /** In a text whose lines are joined the pattern may match otherwise. */
  readonly knowsLines: boolean;
}

const negatedClass = /\[\^(?:\\.|[^\]\\])*\]/g;

export function soughtOf(signal: Signal, number: number): Sought {
  const { pattern } = signal;
  if (pattern instanceof WordPattern || pattern instanceof WordedPattern) {
    return { signal, number, pattern: undefined, required: undefined, knowsLines: false };
  }
  const { source, flags } = pattern;
  return {
    signal,
    number,
    pattern: new RegExp(source, `${flags}g`),
    required: chainsOf(pattern),
    knowsLines: /\\n|\\s|\^|\$/.test(source.replaceAll(negatedClass, "")),
  };
}

interface ReadingOptions {
  readonly budget: ScanBudget;
  /** For each signal where its pattern may match. */
  readonly candidates: readonly (Candidates | undefined)[];
  /** Signals that words give are looked for in these, if there are any. */
  readonly said?: Said;
  /** And how it is worded. */
  readonly worded?: Worded | undefined;
}

const nowhere: Candidates = [];

/** One way to read a text. Which signals are where in it is looked up once for each. */
export class Reading {
  readonly #text: string;
  readonly #options: ReadingOptions;
  readonly #places: (Candidates | undefined)[] = [];

  constructor(text: string, options: ReadingOptions) {
    this.#text = text;
    this.#options = options;
  }

  holds(sought: Sought): boolean {
    return this.#placesOf(sought).length > 0;
  }

  /** Whether all of the signal is in this part. */
  holdsIn(sought: Sought, { start, end }: Span): boolean {
    const places = this.#placesOf(sought);
    for (let index = 0; index < places.length; index += 2) {
      if ((places[index] as number) >= start && (places[index + 1] as number) <= end) return true;
    }
    return false;
  }

  #placesOf(sought: Sought): Candidates {
    const { number, signal } = sought;
    if (!sought.pattern) {
      this.#places[number] ??= this.#placesByWords(signal);
      return this.#places[number];
    }
    const candidates = this.#options.candidates[number];
    if (!candidates) return nowhere;
    this.#places[number] ??= this.#matches(candidates, sought);
    return this.#places[number];
  }

  #placesByWords({ pattern }: Signal): Candidates {
    if (pattern instanceof WordPattern) return this.#saidPlaces(pattern);
    if (!(pattern instanceof WordedPattern)) return nowhere;
    return this.#options.worded?.[pattern.likeness] ?? nowhere;
  }

  #saidPlaces(pattern: WordPattern): Candidates {
    const { said } = this.#options;
    if (!said) return nowhere;
    const places = pattern.placesIn(said);
    if (places.length === 0) return nowhere;
    return places
      .slice(0, mostPlaces)
      .flatMap(([first, last]) => [said.starts[first] as number, said.starts[last] as number]);
  }

  #matches(candidates: Candidates, sought: Sought): Candidates {
    const places: number[] = [];
    for (let index = 0; index < candidates.length && places.length < mostPlaces; index += 2) {
      const from = candidates[index] as number;
      const to = Math.min(candidates[index + 1] as number, this.#text.length);
      this.#matchBetween({ from, to }, sought, places);
    }
    return places;
  }

  /** What begins or ends where the part is cut is no match: the pattern has not seen what is around it. */
  #matchBetween(
    { from, to }: { readonly from: number; readonly to: number },
    { pattern, required }: Sought,
    places: number[],
  ): void {
    if (!pattern || !required) return;
    const { around } = required;
    compileAtOnce(pattern);
    const part = this.#text.slice(from, to);
    this.#options.budget.spendWork(part.length * shareOfSign);
    const first = from === 0 ? 0 : around + 1;
    const last = to === this.#text.length ? part.length : part.length - around - 1;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(part); match; match = pattern.exec(part)) {
      const end = match.index + match[0].length;
      if (match.index >= first && end <= last) {
        places.push(from + match.index, from + end);
        if (places.length >= mostPlaces) return;
      } else pattern.lastIndex = match.index + 1;
    }
  }
}
