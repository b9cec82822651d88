const hashBytes = 16;

/** The hashes of a chain by number, half of each: enough that no other record has the same by chance or design. */
export class HashList {
  #first: number;
  #bytes = Buffer.alloc(64 * hashBytes);
  #count = 0;

  constructor(first: number) {
    this.#first = first;
  }

  add(hash: string): void {
    this.#reserve(this.#count + 1);
    this.put(this.#first + this.#count, hash);
    this.#count += 1;
  }

  /** Leaves room for numbers that did not come. A gap too wide to be one begins the list anew. */
  skipTo(number: number): void {
    const count = number - this.#first;
    if (count > this.#count + maxGap) {
      this.#first = number;
      this.#count = 0;
      return;
    }
    this.#reserve(count);
    this.#bytes.fill(0, this.#count * hashBytes, count * hashBytes);
    this.#count = count;
  }

  put(number: number, hash: string): void {
    const offset = (number - this.#first) * hashBytes;
    if (offset >= 0) toBytes(hash).copy(this.#bytes, offset);
  }

  /** Undefined when nothing of that number came. */
  has(number: number, hash: string): boolean | undefined {
    const index = number - this.#first;
    if (index < 0 || index >= this.#count) return undefined;
    const known = this.#bytes.subarray(index * hashBytes, (index + 1) * hashBytes);
    return known.every((byte) => byte === 0) ? undefined : known.equals(toBytes(hash));
  }

  #reserve(count: number): void {
    if (count * hashBytes <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, count * hashBytes));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}

/** Whoever writes a record with a huge number must not fill our memory. */
const maxGap = 10_000_000;

function toBytes(hash: string): Buffer {
  const bytes = Buffer.alloc(hashBytes);
  Buffer.from(hash, "hex").copy(bytes);
  return bytes;
}
