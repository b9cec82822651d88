import type { Span } from "../../confirmers.ts";
import type { ScanBudget } from "../../scan-budget.ts";
import { WordedPattern } from "../wording/worded-pattern.ts";
import { joinLines } from "./join-lines.ts";
import { narrowed } from "./narrow-text.ts";
import { chainsOf } from "./pattern-chains.ts";
import type { PlaceTable } from "./place-table.ts";
import { Reading, type Sought } from "./reading.ts";
import { respelledWords, respellings } from "./respellings.ts";
import { SignalFinder } from "./signal-finder.ts";
import type { Candidates } from "./step-follower.ts";

/** What these cost of what it does to read a text. */
const shares = { joining: 0.6, respelling: 1.6, respelled: 1.6 };

const respelledNames = Object.keys(respelledWords);

interface Placed {
  readonly reading: Reading;
  /** Where a part of the block is in this reading. */
  readonly spanOf: (span: Span) => Span;
}

/** A text in all the ways in which it may be read, and which signals are where in it. */
export class Block {
  readonly #readings: readonly Placed[];

  constructor(readings: readonly Placed[]) {
    this.#readings = readings;
  }

  /** Whether the signal is anywhere in it. */
  holds(sought: Sought): boolean {
    return this.#readings.some(({ reading }) => reading.holds(sought));
  }

  /** Whether all of the signal is in this part of it. */
  holdsIn(sought: Sought, span: Span): boolean {
    return this.#readings.some(({ reading, spanOf }) => reading.holdsIn(sought, spanOf(span)));
  }
}

interface AskedSought extends Sought {
  readonly isAsked: boolean;
}

/** Reads texts for signals. */
export class BlockReader {
  readonly #all: SignalFinder;
  readonly #knowsLines: readonly boolean[];
  readonly #count: number;

  /** All signals by their numbers, and whether each is asked for. */
  constructor(all: readonly AskedSought[]) {
    this.#count = all.length;
    const respelled = Object.values(respelledWords).map(chainsOf);
    const isWeighed = all.some(
      ({ signal, isAsked }) => isAsked && signal.pattern instanceof WordedPattern,
    );
    this.#all = new SignalFinder(
      [...all.map(({ required, isAsked }) => (isAsked ? required : undefined)), ...respelled],
      isWeighed,
    );
    this.#knowsLines = all.map(({ knowsLines }) => knowsLines);
  }

  read(text: string, budget: ScanBudget): Block {
    const plain = narrowed(text);
    budget.spendWork(plain.length * (shares.joining + shares.respelling));
    const joined = joinLines(plain);
    const isOneLine = joined.text === plain;
    // Lines end sentences, but for those whose breaks are written as letters.
    const ends = plain.includes("\\") ? [] : joined.ends;
    const found = this.#all.in(joined.text, budget, ends);
    const { candidates } = found;
    const whole = new Reading(joined.text, { budget, ...found });
    const inJoined = (span: Span) => joined.table.spanOf(span);
    const readings: Placed[] = [{ reading: whole, spanOf: inJoined }];
    if (!isOneLine) {
      const inLines = this.#inLines(candidates, joined.table);
      const options = { budget, candidates: inLines };
      readings.push({ reading: new Reading(plain, options), spanOf: (span) => span });
    }
    // Their patterns follow those of the signals.
    const mayHold = (name: string) =>
      candidates[this.#count + respelledNames.indexOf(name)] !== undefined;
    for (const other of respellings(joined.text, mayHold)) {
      budget.spendWork(other.text.length * shares.respelled);
      const reading = new Reading(other.text, { budget, ...this.#all.in(other.text, budget) });
      readings.push({ reading, spanOf: (span) => other.spanOf(inJoined(span)) });
    }
    return new Block(readings);
  }

  /**
   * Where patterns that know of lines may match in the text that has them: no words of them are farther apart in the joined one.
   * Between two breaks both texts are the same.
   */
  #inLines(
    candidates: readonly (Candidates | undefined)[],
    table: PlaceTable,
  ): readonly (Candidates | undefined)[] {
    return candidates.map((spans, number) =>
      spans && this.#knowsLines[number] === true ? spansInLines(spans, table) : undefined,
    );
  }
}

function spansInLines(spans: Candidates, table: PlaceTable): Candidates | undefined {
  const inLines: number[] = [];
  for (let index = 0; index < spans.length; index += 2) {
    const from = spans[index] as number;
    const to = (spans[index + 1] as number) + 1;
    if (table.isChangedBetween(from, to)) inLines.push(table.originOf(from), table.originOf(to));
  }
  return inLines.length > 0 ? inLines : undefined;
}
