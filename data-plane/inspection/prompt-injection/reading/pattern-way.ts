import { lettersOf, type Step, wordEnd, wordStart } from "./chain.ts";
import { isSign } from "./word-borders.ts";

const longestWord = 7;

/** A way through a pattern, as far as it was read. */
export interface Way {
  readonly steps: readonly Step[];
  /** Letters that stand one behind the other, to here. */
  readonly run: string;
  /** How far the end of what was read, without the run, is behind the last step: at most. */
  readonly since: number;
  /** Whether a word begins here: behind a blank or a border of words. */
  readonly isAtStart: boolean;
}

export const begun: Way = { steps: [], run: "", since: 0, isAtStart: false };

/** Past a place where a word begins, or past another. */
export function atPlace(way: Way, beginsWord: boolean): Way {
  if (!beginsWord) return way;
  return { ...ended(way), isAtStart: true };
}

/** With a letter, or the same several times. */
export function withLetter(way: Way, letter: string): Way {
  const before = withoutEnd(way.run);
  const isBegun = before !== "";
  const run = isBegun || !way.isAtStart || !/^[a-z0-9_]/.test(letter) ? before : wordStart;
  return { ...way, run: run + letter, isAtStart: isSign(letter) };
}

/** With so many characters behind that may be there. */
export function withMore(way: Way, length: number): Way {
  if (length === 0) return way;
  const behind = ended(way);
  return { ...behind, since: behind.since + length };
}

/** What follows a run is no part of it: the run is a step. */
export function ended(way: Way): Way {
  const { run, steps, since } = way;
  if (run === "") return way;
  const { length } = lettersOf(run);
  if (run.trim() === "") return { ...way, run: "", since: since + length };
  const whole = withoutEnd(run);
  const word = whole.length <= longestWord ? run : whole.slice(0, longestWord);
  return { ...way, run: "", steps: [...steps, { words: [word], within: since }], since: length };
}

const withoutEnd = (run: string) => (run.endsWith(wordEnd) ? run.slice(0, -1) : run);

/** What was read ends a word. */
export function atWordEnd(way: Way): Way {
  return /[a-z0-9_]$/.test(way.run) ? { ...way, run: way.run + wordEnd } : way;
}
