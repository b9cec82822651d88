import { LiteralFinder } from "../literal-finder.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { type Clause, requiredWords, wordStart } from "./required-words.ts";
import type { Signal } from "./signal.ts";

/** An alternative of a pattern, as the numbers of what it requires. */
type Numbered = readonly number[];

/** A text is divided into so many cells, so that one number says in which of them a word stands. */
const cells = 32;
const leastCell = 128;
/** Signs are looked for in windows of so many characters: words that stand farther apart are not of one sign. */
const reach = 600;

/**
 * Tells in one pass over a text which signals can be in it: those whose words are there. Honest texts have few of
 * them, so most patterns are never asked.
 */
export class PossibleSignals {
  readonly #alternatives: ReadonlyMap<Signal, readonly Numbered[]>;
  readonly #finder: LiteralFinder;
  /** For each word the clauses that it fulfils, wherever it stands; then those that it does where a word begins. */
  readonly #clausesOf: readonly (readonly number[])[];
  readonly #clausesAtStart: readonly (readonly number[])[];
  readonly #clauses: number;

  constructor(signals: readonly Signal[]) {
    const clausesOf = new Map<string, { readonly all: number[]; readonly atStart: number[] }>();
    let count = 0;
    const numbered = (words: readonly string[]) => {
      for (const word of words) {
        const plain = word.replace(wordStart, "");
        const clauses = clausesOf.get(plain) ?? { all: [], atStart: [] };
        clausesOf.set(plain, clauses);
        (word === plain ? clauses.all : clauses.atStart).push(count);
      }
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
    this.#clausesOf = [...clausesOf.values()].map(({ all }) => all);
    this.#clausesAtStart = [...clausesOf.values()].map(({ atStart }) => atStart);
    this.#clauses = count;
  }

  /** Whether a signal of those that were named at first can be in this text. */
  in(text: string, budget: ScanBudget): (signal: Signal) => boolean {
    const cell = Math.max(leastCell, Math.ceil(text.length / cells));
    const within = Math.ceil(reach / cell);
    /** For each clause the cells from which on one of its words is near. */
    const near = new Int32Array(this.#clauses);
    let mark = 0;
    const markOf = (start: number) => {
      const bit = 1 << Math.floor(start / cell);
      let bits = bit;
      for (let next = 1; next <= within; next += 1) bits |= bit << next;
      return bits;
    };
    let marked = Number.NEGATIVE_INFINITY;
    // The text was read before: to read parts of it again must not make the time longer that all may take.
    const again = { spendCharacters: (count: number) => budget.spendWork(count) };
    this.#finder.find(text, again, (word, start) => {
      if (start >= marked + cell || start < marked) {
        marked = start - (start % cell);
        mark = markOf(start);
      }
      addTo(near, this.#clausesOf[word] as readonly number[], mark);
      const atStart = this.#clausesAtStart[word] as readonly number[];
      if (atStart.length > 0 && beginsWord(text, start)) addTo(near, atStart, mark);
    });
    return (signal) => {
      const alternatives = this.#alternatives.get(signal);
      return alternatives === undefined || alternatives.some((clauses) => areNear(clauses, near));
    };
  }
}

function addTo(near: Int32Array, clauses: readonly number[], mark: number): void {
  for (let index = 0; index < clauses.length; index += 1) {
    const clause = clauses[index] as number;
    near[clause] = (near[clause] as number) | mark;
  }
}

function beginsWord(text: string, start: number): boolean {
  if (start === 0) return true;
  const code = text.charCodeAt(start - 1) | 0x20;
  const isLetter = code >= 0x61 && code <= 0x7a;
  const before = text.charCodeAt(start - 1);
  return !(isLetter || (before >= 0x30 && before <= 0x39) || before === 0x5f);
}

/** Whether there is a cell to which all of them are near. */
function areNear(clauses: Numbered, near: Int32Array): boolean {
  let all = -1;
  for (let index = 0; index < clauses.length; index += 1) {
    all &= near[clauses[index] as number] as number;
    if (all === 0) return false;
  }
  return true;
}

/** Patterns over what words mean look for their words by themselves. */
function alternativesOf({ pattern }: Signal): readonly (readonly Clause[])[] {
  return pattern instanceof RegExp ? requiredWords(pattern) : [[]];
}
