import type { Span } from "../../confirmers.ts";
import type { ScanBudget } from "../../scan-budget.ts";
import { type JoinedLines, joinLines } from "./join-lines.ts";
import { narrowed } from "./narrow-text.ts";
import { Reading, type Sought } from "./reading.ts";
import { respelledWords, respellings } from "./respellings.ts";
import { type Candidates, SignalFinder } from "./signal-finder.ts";

/** What these cost of what it does to read a text. */
const shares = { joining: 0.25, respelling: 1.5, respelled: 1 };

interface Placed {
  readonly reading: Reading;
  /** Where a place of the block is in this reading. */
  readonly placeOf: (place: number) => number;
}

/** A text in all the ways in which it may be read, and which signals are where in it. */
export class Block {
  /** In other letters. Places in them are not those of the text. */
  readonly respelled: readonly Reading[];
  readonly #readings: readonly Placed[];

  constructor(readings: readonly Placed[], respelled: readonly Reading[]) {
    this.#readings = readings;
    this.respelled = respelled;
  }

  /** Whether the signal is anywhere in it. */
  holds(sought: Sought): boolean {
    return (
      this.#readings.some(({ reading }) => reading.holds(sought)) ||
      this.respelled.some((reading) => reading.holds(sought))
    );
  }

  /** Whether all of the signal is in this part of it, as it is spelled. */
  holdsIn(sought: Sought, { start, end }: Span): boolean {
    return this.#readings.some(({ reading, placeOf }) =>
      reading.holdsBetween(sought, placeOf(start), placeOf(end)),
    );
  }
}

/** Reads texts for signals. */
export class BlockReader {
  readonly #all: SignalFinder;
  readonly #knowsLines: readonly boolean[];
  readonly #count: number;

  constructor(all: readonly Sought[]) {
    this.#count = all.length;
    const { misspelled, mirrored, rotated } = respelledWords;
    const patterns = all.map(({ pattern }) => pattern);
    this.#all = new SignalFinder([...patterns, misspelled, mirrored, rotated]);
    this.#knowsLines = all.map(({ knowsLines }) => knowsLines);
  }

  read(text: string, budget: ScanBudget): Block {
    const plain = narrowed(text);
    budget.spendWork(plain.length * (shares.joining + shares.respelling));
    const joined = joinLines(plain);
    const isOneLine = joined.text === plain;
    // Words know of lines by themselves, but not of breaks that are written as letters.
    const areWordsJoined = isOneLine || plain.includes("\\");
    const candidates = this.#all.in(joined.text, budget);
    const whole = new Reading(joined.text, { budget, candidates, hasWords: areWordsJoined });
    const readings: Placed[] = [{ reading: whole, placeOf: joined.placeOf }];
    if (!isOneLine) {
      const inLines = this.#inLines(candidates, joined);
      const options = { budget, candidates: inLines, hasWords: !areWordsJoined };
      readings.push({ reading: new Reading(plain, options), placeOf: (place) => place });
    }
    const others = respellings(joined.text, this.#respelledIn(candidates));
    budget.spendWork(others.length * text.length * shares.respelled);
    const respelled = others.map(
      (it) => new Reading(it, { budget, candidates: this.#all.in(it, budget), hasWords: true }),
    );
    return new Block(readings, respelled);
  }

  /** Where patterns that know of lines may match in the text that has them: no words of them are farther apart in the joined one. */
  #inLines(
    candidates: readonly (Candidates | undefined)[],
    { originOf }: JoinedLines,
  ): readonly (Candidates | undefined)[] {
    return this.#knowsLines.map((knowsLines, number) =>
      knowsLines
        ? candidates[number]?.map((it, index) => originOf(index % 2 === 0 ? it : it + 1))
        : undefined,
    );
  }

  /** Of their patterns, which follow those of the signals. */
  #respelledIn(candidates: readonly (Candidates | undefined)[]) {
    const [misspelled, mirrored, rotated] = candidates
      .slice(this.#count)
      .map((it) => it !== undefined);
    return {
      misspelled: misspelled === true,
      mirrored: mirrored === true,
      rotated: rotated === true,
    };
  }
}
