import type { Span } from "./confirmers.ts";

const fields = 4;
const leastRoom = 64 * fields;
/** Most texts have none: room is made for the first. */
const noStretches = new Uint32Array(0);

/**
 * Where the characters of a decoded text stood in the original. Most come in stretches: as they stood there, each from as many letters as
 * the one before, or all of them from one run. So little is kept of each.
 */
export class Origins {
  /** Of each stretch: where it begins in the decoded text, the span of its first character, and how many letters each took; 0: all of them one span. */
  #stretches: Uint32Array = noStretches;
  #count = 0;
  /** Of the last stretch. */
  #from = 0;
  #start = 0;
  #letters = -1;

  /** From this character on. In order; `letters` is the length of the span, or 0 where what follows shares it. */
  add(from: number, { start, end }: Span, letters: number): void {
    if (letters > 0 && this.#goesOn(from, start, letters)) return;
    const at = this.#count * fields;
    if (at === this.#stretches.length) {
      const before = this.#stretches;
      this.#stretches = new Uint32Array(Math.max(leastRoom, before.length * 2));
      this.#stretches.set(before);
    }
    const stretches = this.#stretches;
    stretches[at] = from;
    stretches[at + 1] = start;
    stretches[at + 2] = end;
    stretches[at + 3] = letters;
    this.#count += 1;
    this.#from = from;
    this.#start = start;
    this.#letters = letters;
  }

  /** One character, and where it stood. */
  addOne(from: number, start: number, end: number): void {
    if (!this.#goesOn(from, start, end - start)) this.add(from, { start, end }, end - start);
  }

  of(index: number): Span {
    const stretches = this.#stretches;
    let low = 0;
    let high = this.#count;
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if ((stretches[middle * fields] as number) <= index) low = middle;
      else high = middle;
    }
    const at = low * fields;
    const letters = stretches[at + 3] as number;
    const passed = (index - (stretches[at] as number)) * letters;
    return {
      start: (stretches[at + 1] as number) + passed,
      end: (stretches[at + 2] as number) + passed,
    };
  }

  /** Whether the last stretch has its next character here. */
  #goesOn(from: number, start: number, letters: number): boolean {
    return letters === this.#letters && start - this.#start === (from - this.#from) * letters;
  }
}
