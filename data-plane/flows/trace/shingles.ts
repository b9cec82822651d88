/** Letters and digits of a shingle: about five words. */
export const shingleLength = 24;
/** Letters and digits of a part of a token. */
export const gramLength = 12;

/** Sequences of fewer different signs say nothing: rules and padding; of digits alone, counts and years. */
const leastVariety = 4;
const leastVarietyOfDigits = 8;

/**
 * Chooses shingles by winnowing: of each so many neighbours the one with the smallest hash, so that none of the distance is
 * without one. What is chosen among few neighbours contains what is chosen among more.
 * The hash is a cyclic polynomial over a secret table: nobody knows beforehand which places are chosen.
 */
export class Winnowing {
  readonly #table: Int32Array;
  #hashes = new Int32Array(1_024);

  constructor(table: Int32Array) {
    this.#table = table;
  }

  /** Where the chosen sequences of that length begin between start and end, in order. */
  choose(
    units: Uint16Array,
    [start, end]: readonly [number, number],
    { length, window }: { readonly length: number; readonly window: number },
  ): number[] {
    const count = end - start - length + 1;
    if (count <= 0) return [];
    this.#roll(units, start, count, length);
    return this.#minima(start, count, Math.min(window, count));
  }

  #roll(units: Uint16Array, start: number, count: number, length: number): void {
    if (this.#hashes.length < count) this.#hashes = new Int32Array(count * 2);
    const hashes = this.#hashes;
    const table = this.#table;
    const back = 32 - length;
    let hash = 0;
    for (let index = start; index < start + length; index += 1) {
      hash = ((hash << 1) | (hash >>> 31)) ^ (table[(units[index] as number) & 511] as number);
    }
    hashes[0] = hash;
    for (let index = 1; index < count; index += 1) {
      const left = table[(units[start + index - 1] as number) & 511] as number;
      const entered = table[(units[start + index + length - 1] as number) & 511] as number;
      hash = ((hash << 1) | (hash >>> 31)) ^ ((left << length) | (left >>> back)) ^ entered;
      hashes[index] = hash;
    }
  }

  /** Of equal ones the last, so that the same neighbours always give the same one; a repetition of it is not told again. */
  #minima(start: number, count: number, window: number): number[] {
    const hashes = this.#hashes;
    let least = leastOf(hashes, 0, window);
    const chosen = [start + least];
    for (let index = window; index < count; index += 1) {
      const isLeast = (hashes[index] as number) <= (hashes[least] as number);
      if (!isLeast && least > index - window) continue;
      const before = hashes[least];
      least = isLeast ? index : leastOf(hashes, index - window + 1, index + 1);
      if (hashes[least] !== before) chosen.push(start + least);
    }
    return chosen;
  }
}

function leastOf(hashes: Int32Array, from: number, to: number): number {
  let least = from;
  for (let index = from + 1; index < to; index += 1) {
    if ((hashes[index] as number) <= (hashes[least] as number)) least = index;
  }
  return least;
}

/** Whether a sequence has enough different letters to be somebody's words. */
export function isVaried(units: Uint16Array, start: number, length: number): boolean {
  let seen = 0;
  let variety = 0;
  let isNumber = true;
  for (let index = start; index < start + length; index += 1) {
    const unit = units[index] as number;
    if (unit > 57) isNumber = false;
    const bit = 1 << (unit & 31);
    if ((seen & bit) === 0) variety += 1;
    seen |= bit;
  }
  return variety >= (isNumber ? leastVarietyOfDigits : leastVariety);
}
