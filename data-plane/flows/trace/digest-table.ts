/** 64 bits in two halves. The upper one is never less than 2^24, so that a list can hold other things between digests. */
export interface Digest {
  readonly low: number;
  readonly high: number;
}

/** Equal for equal digests alone. */
export function codeOf({ low, high }: Digest): string {
  return `${high.toString(36)}.${low.toString(36)}`;
}

const leastCapacity = 256;
const bytesOfSlot = 16;

/** Numbers by digests, in flat memory: 16 bytes a slot, and at least two slots for each. */
export class DigestTable {
  size = 0;
  #lows: Uint32Array;
  #highs: Uint32Array;
  #values: Float64Array;

  constructor(expected = 0) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(leastCapacity, expected * 2)));
    this.#lows = new Uint32Array(capacity);
    this.#highs = new Uint32Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  get bytes(): number {
    return this.#highs.length * bytesOfSlot;
  }

  get(low: number, high: number): number | undefined {
    const slot = this.#slotOf(low, high);
    return this.#highs[slot] === 0 ? undefined : this.#values[slot];
  }

  set(low: number, high: number, value: number): void {
    let slot = this.#slotOf(low, high);
    if (this.#highs[slot] === 0) {
      this.size += 1;
      if (this.size * 2 > this.#highs.length) {
        this.#grow();
        slot = this.#slotOf(low, high);
      }
      this.#lows[slot] = low;
      this.#highs[slot] = high;
    }
    this.#values[slot] = value;
  }

  /** Another one with those of at least this value. */
  since(least: number): DigestTable {
    const kept = new DigestTable(this.size);
    for (let slot = 0; slot < this.#highs.length; slot += 1) {
      if (this.#highs[slot] === 0 || (this.#values[slot] as number) < least) continue;
      const [low, high] = [this.#lows[slot] as number, this.#highs[slot] as number];
      kept.set(low, high, this.#values[slot] as number);
    }
    return kept;
  }

  /** Where it stands, or would. Digests are as good as random, so they are their own hashes. */
  #slotOf(low: number, high: number): number {
    const mask = this.#highs.length - 1;
    let slot = high & mask;
    while (this.#highs[slot] !== 0 && (this.#highs[slot] !== high || this.#lows[slot] !== low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [lows, highs, values] = [this.#lows, this.#highs, this.#values];
    this.#lows = new Uint32Array(highs.length * 2);
    this.#highs = new Uint32Array(highs.length * 2);
    this.#values = new Float64Array(highs.length * 2);
    for (let from = 0; from < highs.length; from += 1) {
      const high = highs[from] as number;
      if (high === 0) continue;
      const low = lows[from] as number;
      const slot = this.#slotOf(low, high);
      this.#lows[slot] = low;
      this.#highs[slot] = high;
      this.#values[slot] = values[from] as number;
    }
  }
}
