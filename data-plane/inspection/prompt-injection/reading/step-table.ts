import { loweredIn, unitsOf } from "../words/tokens.ts";
import { lettersOf, wordEnd } from "./chain.ts";
import type { Literal } from "./literal-words.ts";
import type { StepTree } from "./step-tree.ts";

/** A step, the one before, and how far it may be behind that. */
export const rowLength = 3;

/** The steps of a tree in rows of numbers, as they are read for each word of a text. */
export class StepTable {
  readonly literals: readonly Literal[];
  /** For each literal twice, wherever it stands and where a word begins, where its rows begin; and the end of all. */
  readonly leads: Int32Array;
  readonly rows: Int32Array;
  /** For each step which pattern it ends, if any; how far a match may then begin before its word and before that of the first step, and end behind its word. */
  readonly ends: Int32Array;
  readonly before: Int32Array;
  readonly lead: Int32Array;
  readonly behind: Int32Array;
  /** For each step how far the next may be behind it, at most. */
  readonly reach: Int32Array;

  constructor({ steps, words }: StepTree) {
    const rows: number[] = [];
    const leads: number[] = [];
    const list = (indexes: readonly number[]) => {
      leads.push(rows.length);
      for (const index of indexes) {
        const { previous = 0, within = 0 } = steps[index] ?? {};
        rows.push(index, previous, within);
      }
    };
    for (const { anywhere, atStart } of words.values()) {
      list(anywhere);
      list(atStart);
    }
    this.leads = Int32Array.from([...leads, rows.length]);
    this.rows = Int32Array.from(rows);
    this.literals = [...words].map(([word, { anywhere, atStart }]) => ({
      letters: loweredIn(unitsOf(word), 0, lettersOf(word).length),
      endsWord: word.endsWith(wordEnd),
      anywhere: anywhere.length > 0,
      atStart: atStart.length > 0,
    }));
    this.ends = Int32Array.from(steps, (it) => it.ends);
    this.before = Int32Array.from(steps, (it) => it.before);
    this.lead = Int32Array.from(steps, (it) => it.lead);
    this.behind = Int32Array.from(steps, (it) => it.behind);
    this.reach = new Int32Array(steps.length);
    for (const { previous, within } of steps) {
      this.reach[previous] = Math.max(within, this.reach[previous] as number);
    }
  }
}
