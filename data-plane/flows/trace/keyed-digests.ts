import { type Cipheriv, createCipheriv, hkdfSync } from "node:crypto";

/** Kinds of traces, in the order of their numbers: the number is part of what is digested. */
const kinds = ["text", "secret", "host", "email", "path", "account"] as const;

export type TraceKind = (typeof kinds)[number];

const blockBytes = 16;
const leastHigh = 1 << 24;
const tableSize = 512;

/**
 * Keyed digests of 63 bits, thousands at a time. A text becomes 64 bits by a hash over secret tables, and those one
 * block of AES-128 together with kind and length: a keyed permutation, so that whoever reads the digests, in Redis for
 * one, learns of two values no more than that they are equal, and nobody without the key makes values that collide.
 */
export class KeyedDigests {
  /** For rolling hashes that choose places, as unpredictable as the digests. */
  readonly table: Int32Array;
  readonly #second: Int32Array;
  readonly #cipher: Cipheriv;
  #blocks = new Int32Array(256);
  #count = 0;

  constructor(key: Buffer) {
    const tables = hkdfSync("sha256", key, "", "mcpgw trace tables", tableSize * 8);
    this.table = new Int32Array(tables, 0, tableSize);
    this.#second = new Int32Array(tables, tableSize * 4, tableSize);
    const blockKey = Buffer.from(hkdfSync("sha256", key, "", "mcpgw trace blocks", 16));
    // Not a mode of operation: each block is a digest by itself, and equal values must give equal digests. So one cipher
    // serves for all, too.
    this.#cipher = createCipheriv("aes-128-ecb", blockKey, null).setAutoPadding(false);
  }

  /** Puts a value in: units from start to end. Digests come out in the same order. */
  add(kind: TraceKind, units: ArrayLike<number>, start: number, end: number): void {
    const { table } = this;
    const second = this.#second;
    let one = 0;
    let other = 0;
    for (let index = start; index < end; index += 1) {
      const unit = units[index] as number;
      one = Math.imul((one ^ (table[unit & (tableSize - 1)] as number)) + unit, 0x2c1b3c6d);
      one ^= one >>> 15;
      other = Math.imul((other ^ (second[unit & (tableSize - 1)] as number)) + unit, 0x297a2d39);
      other ^= other >>> 13;
    }
    const at = this.#count * 4;
    if (at === this.#blocks.length) this.#grow();
    this.#blocks[at] = one;
    this.#blocks[at + 1] = other;
    this.#blocks[at + 2] = kinds.indexOf(kind);
    this.#blocks[at + 3] = end - start;
    this.#count += 1;
  }

  addText(kind: TraceKind, text: string): void {
    const units = new Uint16Array(text.length);
    for (let index = 0; index < text.length; index += 1) units[index] = text.charCodeAt(index);
    this.add(kind, units, 0, units.length);
  }

  /** The digests of what was put in since the last time: for each its lower and its upper half. */
  take(): Uint32Array {
    const count = this.#count;
    this.#count = 0;
    const digests = new Uint32Array(count * 2);
    if (count === 0) return digests;
    const sealed = this.#cipher.update(Buffer.from(this.#blocks.buffer, 0, count * blockBytes));
    for (let index = 0; index < count; index += 1) {
      // The lowest bit says who said it, in lists of names; an upper half of less than 2^24 is no digest there.
      const high = sealed.readUInt32LE(index * blockBytes + 4);
      digests[2 * index] = sealed.readUInt32LE(index * blockBytes) & ~1;
      digests[2 * index + 1] = high < leastHigh ? high + leastHigh : high;
    }
    return digests;
  }

  #grow(): void {
    const larger = new Int32Array(this.#blocks.length * 2);
    larger.set(this.#blocks);
    this.#blocks = larger;
  }
}
