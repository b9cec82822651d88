import { kindOf, kinds, latinOf, ofTwoScripts } from "./character-kinds.ts";

/** Tables and bits of other modules are named here, or in front of a loop: within it each look at them would be a look for them. */
const { letter } = kinds;
const both = ofTwoScripts;

/** Writes words of two scripts in Latin letters: nobody who writes Russian or Greek puts Latin letters into its words. */
export class CopiedWords {
  areChanged = false;
  /** How far the units are read. */
  read = 0;
  /** Where the word began that goes on there, and what letters it has. */
  #start = 0;
  #word = 0;

  /** No word goes on from before. */
  begin(at: number): void {
    this.read = at;
    this.#start = at;
    this.#word = 0;
  }

  /** In stretches that have not letters of both scripts there is nothing to do but to see where the last word begins. */
  readTo(units: Uint16Array, to: number): void {
    const present = kindsIn(units, this.read, to) | this.#word;
    if ((present & both) === both) this.#readWords(units, to);
    else {
      const start = startOfWord(units, this.read, to);
      if (start > this.read) {
        this.#start = start;
        this.#word = 0;
      }
      this.#word |= kindsIn(units, start, to);
    }
    this.read = to;
  }

  /** No word goes on behind. */
  end(units: Uint16Array, to: number): void {
    this.readTo(units, to);
    if ((this.#word & both) === both) this.#inLatin(units, this.#start, to);
  }

  #readWords(units: Uint16Array, to: number): void {
    const kindOfUnit = kindOf;
    let word = this.#word;
    let start = this.#start;
    for (let at = this.read; at < to; at += 1) {
      const kind = kindOfUnit[units[at] as number] as number;
      if ((kind & letter) !== 0) word |= kind;
      else {
        if ((word & both) === both) this.#inLatin(units, start, at);
        word = 0;
        start = at + 1;
      }
    }
    this.#word = word;
    this.#start = start;
  }

  #inLatin(units: Uint16Array, start: number, end: number): void {
    const latinOfUnit = latinOf;
    let changed = 0;
    for (let at = start; at < end; at += 1) {
      const unit = units[at] as number;
      const latin = latinOfUnit[unit] as number;
      units[at] = latin;
      changed |= latin ^ unit;
    }
    if (changed !== 0) this.areChanged = true;
  }
}

/** All that the characters of a stretch are. */
export function kindsIn(units: Uint16Array, start: number, end: number): number {
  const kindOfUnit = kindOf;
  let present = 0;
  for (let at = start; at < end; at += 1) present |= kindOfUnit[units[at] as number] as number;
  return present;
}

function startOfWord(units: Uint16Array, from: number, to: number): number {
  let start = to;
  while (start > from && ((kindOf[units[start - 1] as number] as number) & letter) !== 0) {
    start -= 1;
  }
  return start;
}
