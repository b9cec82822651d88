import { lowerOf, noUnits, standsAt, type Units } from "../words/tokens.ts";
import { type Literal, numbersOfPath, type Path } from "./literal-words.ts";
import { rowLength, type StepTable } from "./step-table.ts";
import { farAway, noPattern, noStep } from "./step-tree.ts";

/** Where in a text a signal may be, in order and apart from each other: from, to, from, to … */
export type Candidates = readonly number[];

/** Where places are counted from anew, before numbers would be too large. */
const mostCounted = 1_000_000_000;
/** Behind all that is counted. */
const everywhere = 2_000_000_000;

/** Follows the steps of patterns through the words of a text. */
export class StepFollower {
  readonly #table: StepTable;
  /** Where the word of each step was met last: counted from the first text on, so that nothing has to be forgotten. */
  readonly #metAt: Int32Array;
  /** Where the first word of what led there was. */
  readonly #begunAt: Int32Array;
  #counted = farAway;
  /** Where the text that is read begins among all that were. */
  #base = 0;
  #units: Units = noUnits;
  #spans: (number[] | undefined)[] = [];
  /** How many steps were asked for. */
  work = 0;

  constructor(table: StepTable) {
    this.#table = table;
    this.#metAt = new Int32Array(table.ends.length);
    this.#metAt[noStep] = everywhere;
    this.#begunAt = new Int32Array(table.ends.length);
  }

  /** What is found is put among these. The text is behind everything that was met before, farther than any two words of a signal are apart. */
  begin(units: Units, spans: (number[] | undefined)[]): void {
    if (this.#counted > mostCounted) {
      this.#metAt.fill(0);
      this.#metAt[noStep] = everywhere;
      this.#counted = farAway;
    }
    this.#base = this.#counted;
    this.#counted += units.length + farAway;
    this.#units = units;
    this.#spans = spans;
    this.work = 0;
  }

  /** Of a word that begins here. */
  follow(path: Path, at: number): void {
    this.work += path.length / numbersOfPath;
    for (let index = 0; index < path.length; index += numbersOfPath) {
      const lead = path[index] as number;
      const start = at + (path[index + 1] as number);
      const character = path[index + 3] as number;
      if (character >= 0) {
        const place = at + (path[index + 2] as number);
        if (!this.#isThere(character, place)) continue;
        if (!standsAt(this.#units, this.#lettersOf(lead), start)) continue;
      }
      this.#followLead(lead, start);
    }
  }

  #isThere(character: number, place: number): boolean {
    const units = this.#units;
    return place >= 0 && place < units.length && lowerOf[units[place] as number] === character;
  }

  #lettersOf(lead: number): string {
    return (this.#table.literals[lead >> 1] as Literal).letters;
  }

  /** Later steps come first, so that one word is not taken for two. */
  #followLead(lead: number, start: number): void {
    const metAt = this.#metAt;
    const { leads, rows } = this.#table;
    const place = this.#base + start;
    const to = leads[lead + 1] as number;
    let row = leads[lead] as number;
    this.work += (to - row) / rowLength;
    for (; row < to; row += rowLength) {
      const previous = rows[row + 1] as number;
      if ((metAt[previous] as number) + (rows[row + 2] as number) < place) continue;
      this.#meet(rows[row] as number, previous, place);
    }
  }

  /** Where the step was met before and what follows may be behind either place, the pattern may begin where it did then. */
  #meet(step: number, previous: number, place: number): void {
    const metAt = this.#metAt;
    const begunAt = this.#begunAt;
    const { ends, reach } = this.#table;
    const begun = previous === noStep ? place : (begunAt[previous] as number);
    const isNear = (metAt[step] as number) + (reach[step] as number) >= place;
    if (!isNear || begun < (begunAt[step] as number)) begunAt[step] = begun;
    metAt[step] = place;
    if (ends[step] !== noPattern) this.#end(step, place, begun);
  }

  #end(step: number, place: number, begun: number): void {
    const { before, lead, behind, ends } = this.#table;
    const from = Math.max(place - (before[step] as number), begun - (lead[step] as number));
    const to = place + (behind[step] as number);
    add(this.#spans, ends[step] as number, from - this.#base, to - this.#base);
  }
}

/** Spans that meet are one. */
function add(all: (number[] | undefined)[], signal: number, start: number, end: number): void {
  let from = Math.max(0, start);
  let to = end;
  const spans = all[signal] ?? [];
  all[signal] = spans;
  for (let last = spans.length - 1; last > 0 && from <= (spans[last] as number); last -= 2) {
    from = Math.min(from, spans[last - 1] as number);
    to = Math.max(to, spans[last] as number);
    spans.length -= 2;
  }
  spans.push(from, to);
}
