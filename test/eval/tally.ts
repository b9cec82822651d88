import type { Expectation } from "./sample.ts";

/** What a detector did with the samples of one set. */
export interface Line {
  readonly set: string;
  readonly detector: string;
  /** Samples in which it is to find something, and in how many it did. */
  readonly wanted: number;
  readonly found: number;
  /** In how many of these the strictest policy does more than record it: what is only suspected passes. */
  readonly acted: number;
  /** Samples in which it is to find nothing, in how many it did, and how many of these the strictest policy blocks. */
  readonly clean: number;
  readonly falseAlarms: number;
  readonly blocked: number;
  /** Counted are parts of texts, not samples. */
  readonly spans: boolean;
}

interface Counts {
  wanted: number;
  found: number;
  acted: number;
  clean: number;
  falseAlarms: number;
  blocked: number;
  spans: boolean;
}

/** Counts by set and detector. */
export class Tally {
  readonly #counts = new Map<string, Map<string, Counts>>();

  /** `found`: the detectors that found something; `blocking`: those of them that block. */
  add(
    set: string,
    expects: Expectation,
    {
      found,
      blocking,
    }: { readonly found: ReadonlySet<string>; readonly blocking: ReadonlySet<string> },
  ): void {
    if (expects !== "clean") {
      const counts = this.#of(set, expects);
      counts.wanted += 1;
      const has = (names: ReadonlySet<string>) =>
        expects === "any" ? names.size > 0 : names.has(expects);
      counts.found += has(found) ? 1 : 0;
      counts.acted += has(blocking) ? 1 : 0;
      return;
    }
    for (const detector of [...detectors, "any"]) {
      const counts = this.#of(set, detector);
      const has = (names: ReadonlySet<string>) =>
        detector === "any" ? names.size > 0 : names.has(detector);
      counts.clean += 1;
      counts.falseAlarms += has(found) ? 1 : 0;
      counts.blocked += has(blocking) ? 1 : 0;
    }
  }

  /** Adds spans of one type: those that are there, and what was found. */
  addSpans(
    set: string,
    type: string,
    counted: { wanted: number; found: number; wrong: number },
  ): void {
    const counts = this.#of(set, `personal.${type}`);
    counts.spans = true;
    counts.wanted += counted.wanted;
    counts.found += counted.found;
    counts.falseAlarms += counted.wrong;
  }

  lines(): readonly Line[] {
    return [...this.#counts].flatMap(([set, byDetector]) =>
      [...byDetector].map(([detector, counts]) => ({ set, detector, ...counts })),
    );
  }

  #of(set: string, detector: string): Counts {
    const byDetector = this.#counts.get(set) ?? new Map<string, Counts>();
    this.#counts.set(set, byDetector);
    const counts = byDetector.get(detector) ?? {
      wanted: 0,
      found: 0,
      acted: 0,
      clean: 0,
      falseAlarms: 0,
      blocked: 0,
      spans: false,
    };
    byDetector.set(detector, counts);
    return counts;
  }
}

/** The families that rules belong to, by the beginning of their names. */
export const detectors = [
  "secrets",
  "personal",
  "prompt-injection",
  "injection",
  "links",
  "hidden",
] as const;
export type Detector = (typeof detectors)[number];

/** The family of a rule. */
export function detectorOf(rule: string): string {
  return detectors.find((name) => rule === name || rule.startsWith(`${name}.`)) ?? rule;
}
