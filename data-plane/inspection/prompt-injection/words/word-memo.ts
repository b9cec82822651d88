const slots = 32_768;
const mostFull = 24_576;
const mostProbes = 16;

/** What is known of words, found by a number and the length of each. Bounded: where it is full it forgets all. */
export class WordMemo<Value> {
  readonly #hashes = new Int32Array(slots);
  readonly #lengths = new Uint16Array(slots);
  #values: (Value | undefined)[] = new Array(slots);
  #count = 0;

  get(hash: number, length: number): Value | undefined {
    let slot = hash & (slots - 1);
    for (let probe = 0; probe < mostProbes; probe += 1) {
      const value = this.#values[slot];
      if (value === undefined) return undefined;
      if (this.#hashes[slot] === hash && this.#lengths[slot] === length) return value;
      slot = (slot + 1) & (slots - 1);
    }
    return undefined;
  }

  set(hash: number, length: number, value: Value): void {
    if (this.#count >= mostFull) {
      this.#values = new Array(slots);
      this.#count = 0;
    }
    let slot = hash & (slots - 1);
    for (let probe = 1; probe < mostProbes && this.#values[slot] !== undefined; probe += 1) {
      slot = (slot + 1) & (slots - 1);
    }
    if (this.#values[slot] === undefined) this.#count += 1;
    this.#hashes[slot] = hash;
    this.#lengths[slot] = Math.min(length, 0xffff);
    this.#values[slot] = value;
  }
}
