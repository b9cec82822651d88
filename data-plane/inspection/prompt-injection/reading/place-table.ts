import type { Span } from "../../confirmers.ts";

/** Where the places of a text are in another that was made of it. */
export class PlaceTable {
  /** For each change where it ends in the one text and in the other. */
  readonly #ends: number[] = [];
  readonly #others: number[] = [];
  #moved = 0;

  /** What ends here is longer by so much in the other text. In order. */
  add(end: number, longer: number): void {
    this.#moved += longer;
    this.#ends.push(end);
    this.#others.push(end + this.#moved);
  }

  get isEmpty(): boolean {
    return this.#ends.length === 0;
  }

  /** Of a place in the one text the place in the other. */
  placeOf(place: number): number {
    return placeIn(place, this.#ends, this.#others);
  }

  /** The same of a part. Where it begins or ends within a change, all that is behind or before that is in it. */
  spanOf({ start, end }: Span): Span {
    const next = this.#others[lastAtMost(this.#ends, start) + 1];
    const from = this.placeOf(start);
    return { start: next === undefined ? from : Math.min(from, next), end: this.placeOf(end) };
  }

  /** Whether a change of the one text is between these places of the other. */
  isChangedBetween(from: number, to: number): boolean {
    return lastAtMost(this.#others, from) < lastAtMost(this.#others, to);
  }

  /** The way back. */
  originOf(place: number): number {
    return placeIn(place, this.#others, this.#ends);
  }
}

/** As far behind the last change in the one text as it is in the other. */
function placeIn(place: number, from: readonly number[], to: readonly number[]): number {
  const index = lastAtMost(from, place);
  return index < 0 ? place : (to[index] as number) + place - (from[index] as number);
}

/** The index of the last of these numbers in order that is not greater. -1: all are. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
