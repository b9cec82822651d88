const slots = 16_384;
const mostFull = 12_288;
const mostProbes = 16;
/** Of each slot: the number of the word, its length, and what is known of it. */
const bitsOfRow = 2;
const rowLength = 1 << bitsOfRow;
const ofLength = 1;
const ofSet = 2;
const ofEntry = 3;
const longest = 0xffff;

/**
 * What is known of words, found by a number and the length of each: a set, and the number of an entry. Of each word all stands
 * together, since texts ask for words all over the table. Bounded: where it is full it forgets all.
 */
export class WordMemo {
  readonly #rows = new Int32Array(slots * rowLength);
  /** Of each slot the number of the word that is the same in every process. */
  readonly #hashes = new Int32Array(slots);
  #count = 0;

  /** Where the word is, for what is known of it. -1: nowhere. */
  find(hash: number, length: number): number {
    const rows = this.#rows;
    let row = (hash & (slots - 1)) * rowLength;
    for (let probe = 0; probe < mostProbes; probe += 1) {
      const known = rows[row + ofLength] as number;
      if (known === 0) return -1;
      if (rows[row] === hash && known === length) return row;
      row = (row + rowLength) & (slots * rowLength - 1);
    }
    return -1;
  }

  setAt(row: number): number {
    return this.#rows[row + ofSet] as number;
  }

  entryAt(row: number): number {
    return this.#rows[row + ofEntry] as number;
  }

  hashAt(row: number): number {
    return this.#hashes[row >> bitsOfRow] as number;
  }

  /** Whether there is room for another word. */
  get isFull(): boolean {
    return this.#count >= mostFull;
  }

  forget(): void {
    this.#rows.fill(0);
    this.#count = 0;
  }

  /** Returns where it is from now on. */
  add(
    hash: number,
    length: number,
    known: { readonly set: number; readonly entry: number; readonly hash: number },
  ): number {
    const rows = this.#rows;
    let row = (hash & (slots - 1)) * rowLength;
    for (let probe = 1; probe < mostProbes && rows[row + ofLength] !== 0; probe += 1) {
      row = (row + rowLength) & (slots * rowLength - 1);
    }
    if (rows[row + ofLength] === 0) this.#count += 1;
    rows[row] = hash;
    rows[row + ofLength] = Math.min(length, longest);
    rows[row + ofSet] = known.set;
    rows[row + ofEntry] = known.entry;
    this.#hashes[row >> bitsOfRow] = known.hash;
    return row;
  }
}
