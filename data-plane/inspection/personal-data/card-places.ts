import { isDigit, numberSigns, signsOf } from "./number-signs.ts";

/** How many digits a card has. */
const leastDigits = 12;
const mostDigits = 19;
/** Behind another number and a blank a card stands together: columns of a table are many numbers. */
const leastBehindNumber = 13;

const { separates, blank, thinBlank, precedes, goesOn } = numberSigns;

/** Where cards may stand in a text: asked for each run of digits in order, it looks at each digit a few times at most. */
export class CardPlaces {
  readonly #text: string;
  /** Digits in groups from the run that was asked about last: up to where they are counted, and how many. */
  #counted = 0;
  #digits = 0;
  #from = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Behind the digits, in groups or not, that begin with this run and are as many as those of a card. 0: there are none. */
  endOf(start: number, end: number): number {
    if (end - start > mostDigits || !this.#mayBeginAt(start, end)) return 0;
    return this.#hasEnough(start, end) ? this.#lastEnd(end, end - start) : 0;
  }

  #mayBeginAt(start: number, end: number): boolean {
    const before = start === 0 ? 0 : this.#signsAt(start - 1);
    if ((before & precedes) !== 0) return false;
    if ((before & (blank | thinBlank)) === 0 || !this.#isDigitAt(start - 2)) return true;
    return (before & blank) !== 0 && end - start >= leastBehindNumber;
  }

  /** Whether there are enough digits from here on. What was counted for the run before is not counted again. */
  #hasEnough(start: number, end: number): boolean {
    if (end - start >= leastDigits) return true;
    if (this.#counted <= start) {
      this.#counted = end;
      this.#digits = end - start;
    } else this.#digits -= this.#digitsBetween(this.#from, start);
    this.#from = start;
    while (this.#digits < leastDigits) {
      if (this.#isDigitAt(this.#counted)) this.#counted += 1;
      else if (this.#isBetweenDigits(this.#counted)) this.#counted += 2;
      else return false;
      this.#digits += 1;
    }
    return true;
  }

  #digitsBetween(start: number, end: number): number {
    let count = 0;
    for (let at = start; at < end; at += 1) if (this.#isDigitAt(at)) count += 1;
    return count;
  }

  /** The last place where a group ends, and nothing that makes it another number follows. */
  #lastEnd(from: number, count: number): number {
    let last = 0;
    let end = from;
    let digits = count;
    while (digits <= mostDigits) {
      if (digits >= leastDigits && !this.#goesOn(end)) last = end;
      if (!this.#isBetweenDigits(end)) return last;
      const group = end + 1;
      end = group;
      while (this.#isDigitAt(end) && end - group <= mostDigits) end += 1;
      digits += end - group;
    }
    return last;
  }

  #isBetweenDigits(at: number): boolean {
    return (this.#signsAt(at) & separates) !== 0 && this.#isDigitAt(at + 1);
  }

  #goesOn(at: number): boolean {
    return (this.#signsAt(at) & goesOn) !== 0 && this.#isDigitAt(at + 1);
  }

  #signsAt(at: number): number {
    return at < this.#text.length ? (signsOf[this.#text.charCodeAt(at)] as number) : 0;
  }

  #isDigitAt(at: number): boolean {
    return at >= 0 && at < this.#text.length && isDigit(this.#text.charCodeAt(at));
  }
}
