import type { ScanBudget } from "../scan-budget.ts";
import { respellings } from "./respellings.ts";
import type { Signal } from "./signal.ts";
import { WordPattern } from "./words/word-rule.ts";
import { nothingSaid, type Said, saidIn } from "./words/words.ts";

/** To look for one sign costs about half as much as to read the text; what words mean is asked once for many. */
export const shares = { sign: 0.5, words: 2, respelling: 1.5, reading: 6 };

/** Lines are wrapped anywhere, and what was encoded twice has its breaks as letters. */
const lineBreak = /(?:[^\S\n]{0,40}\n\s*|\\[nrt]){1,4}/g;

/** One way to read a text, and what its words mean that way. */
export class Reading {
  readonly text: string;
  readonly #budget: ScanBudget;
  #said: Said | undefined;

  constructor(text: string, budget: ScanBudget, said?: Said) {
    this.text = text;
    this.#budget = budget;
    this.#said = said;
  }

  holds({ pattern }: Signal): boolean {
    if (pattern instanceof WordPattern) return pattern.isIn(this.#meaning());
    this.#budget.spendWork(this.text.length * shares.sign);
    return pattern.test(this.text);
  }

  #meaning(): Said {
    if (!this.#said) this.#budget.spendWork(this.text.length * shares.words);
    this.#said ??= saidIn(this.text);
    return this.#said;
  }
}

export function withLinesJoined(text: string): string {
  const mayBeWrapped = text.includes("\n") || text.includes("\\");
  return mayBeWrapped ? text.replaceAll(lineBreak, " ") : text;
}

/** A text, the same with its lines joined, and other ways to read it. */
export function readingsOf(text: string, budget: ScanBudget): readonly Reading[] {
  const joined = withLinesJoined(text);
  budget.spendWork(text.length * shares.respelling);
  const others = respellings(joined).map((it) => new Reading(it, budget));
  budget.spendWork(others.length * text.length * shares.reading);
  return [...inLines(text, joined, budget), ...others];
}

export function inLines(text: string, joined: string, budget: ScanBudget): readonly Reading[] {
  if (joined === text) return [new Reading(text, budget)];
  // Words know of lines by themselves, but not of breaks that are written as letters.
  return text.includes("\\")
    ? [new Reading(text, budget, nothingSaid), new Reading(joined, budget)]
    : [new Reading(text, budget), new Reading(joined, budget, nothingSaid)];
}
