import { LiteralFinder } from "../literal-finder.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { type Clause, requiredWords } from "./required-words.ts";
import type { Signal } from "./signal.ts";

/** An alternative of a pattern, as the numbers of what it requires. */
type Numbered = readonly number[];

/**
 * Tells in one pass over a text which signals can be in it: those whose words are there. Honest texts have few of
 * them, so most patterns are never asked.
 */
export class PossibleSignals {
  readonly #alternatives: ReadonlyMap<Signal, readonly Numbered[]>;
  readonly #finder: LiteralFinder;
  /** For each word the clauses that it fulfils. */
  readonly #clausesOf: readonly (readonly number[])[];
  readonly #clauses: number;

  constructor(signals: readonly Signal[]) {
    const clausesOf = new Map<string, number[]>();
    let count = 0;
    const numbered = (words: readonly string[]) => {
      for (const word of words) clausesOf.set(word, [...(clausesOf.get(word) ?? []), count]);
      count += 1;
      return count - 1;
    };
    this.#alternatives = new Map(
      signals.map((signal) => [
        signal,
        alternativesOf(signal).map((clauses) => clauses.map(numbered)),
      ]),
    );
    this.#finder = new LiteralFinder([...clausesOf.keys()]);
    this.#clausesOf = [...clausesOf.values()];
    this.#clauses = count;
  }

  /** Whether a signal of those that were named at first can be in this text. */
  in(text: string, budget: ScanBudget): (signal: Signal) => boolean {
    const fulfilled = new Uint8Array(this.#clauses);
    // The text was read before: to read parts of it again must not make the time longer that all may take.
    const again = { spendCharacters: (count: number) => budget.spendWork(count) };
    this.#finder.find(text, again, (word) => {
      for (const clause of this.#clausesOf[word] ?? []) fulfilled[clause] = 1;
    });
    return (signal) =>
      (this.#alternatives.get(signal) ?? [[]]).some((clauses) =>
        clauses.every((clause) => fulfilled[clause] === 1),
      );
  }
}

/** Patterns over what words mean look for their words by themselves. */
function alternativesOf({ pattern }: Signal): readonly (readonly Clause[])[] {
  return pattern instanceof RegExp ? requiredWords(pattern) : [[]];
}
