import type { Span } from "./confirmers.ts";
import { setsOf } from "./letter-codes.ts";

/** Shorter runs of letters are words. */
export const leastRun = 24;

const backslash = 0x5c;

/** Goes from one long run of letters of a set to the next. Texts hold many: nothing is made for each. */
export class LetterRuns implements Span {
  readonly #codes: Uint16Array;
  #from = 0;
  #to = 0;
  #set = 0;
  readonly #least: number;
  start = 0;
  end = 0;
  /** The sets that have all letters of the run, as bits. */
  sets = 0;

  constructor(codes: Uint16Array, least = leastRun) {
    this.#codes = codes;
    this.#least = least;
  }

  /** Looks within this stretch from now on. */
  within({ start, end }: Span, set: number): this {
    this.#from = start;
    this.#to = end;
    this.#set = set;
    return this;
  }

  /**
   * Goes to the next run; false: there is none. Looks backward from where a run would have to reach: words are short, so most of a text
   * is never looked at.
   */
  next(): boolean {
    const codes = this.#codes;
    const [to, set, least] = [this.#to, this.#set, this.#least];
    let start = this.#from;
    while (start + least <= to) {
      let last = start + least - 1;
      let sets = 0xff;
      while (last >= start) {
        sets &= setsOf[codes[last] as number] as number;
        if ((sets & set) === 0) break;
        last -= 1;
      }
      if (last < start) {
        this.start = start;
        this.sets = sets;
        this.#readOn(start + least);
        return true;
      }
      start = behind(codes, last);
    }
    this.#from = to;
    return false;
  }

  /** To the end of the run that goes on here: four letters at once, since some runs are most of a text. */
  #readOn(from: number): void {
    const codes = this.#codes;
    const [to, set] = [this.#to, this.#set];
    let sets = this.sets;
    let last = from;
    for (; last + 4 <= to; last += 4) {
      const four =
        (setsOf[codes[last] as number] as number) &
        (setsOf[codes[last + 1] as number] as number) &
        (setsOf[codes[last + 2] as number] as number) &
        (setsOf[codes[last + 3] as number] as number);
      if ((four & set) === 0) break;
      sets &= four;
    }
    for (; last < to; last += 1) {
      const one = setsOf[codes[last] as number] as number;
      if ((one & set) === 0) break;
      sets &= one;
    }
    this.sets = sets;
    this.end = last;
    this.#from = behind(codes, last);
  }
}

/** Where a run may begin behind this character. A line end that was encoded twice is no part of what follows. */
function behind(codes: Uint16Array, index: number): number {
  return isWrittenLineEnd(codes, index) ? index + 2 : index + 1;
}

/** Whether a line end stands here that was encoded twice: `\n`. */
export function isWrittenLineEnd(codes: Uint16Array, index: number): boolean {
  if (codes[index] !== backslash) return false;
  const letter = codes[index + 1];
  return letter === 0x6e || letter === 0x72;
}
