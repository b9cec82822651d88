import type { StreamEntry } from "./stream-entry.ts";

/** Before it is known how large records are. */
const firstRecords = 16;
/** How much one page counts against those before it. */
const weight = 0.5;

/** How many records to read at once: Redis counts records, and it is their bytes that fill the memory. */
export class PageSize {
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #averageBytes: number;

  constructor(maxRecords: number, maxBytes: number) {
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
    this.#averageBytes = maxBytes / firstRecords;
  }

  /** At least one: a record alone may be larger than the page. */
  get records(): number {
    const fitting = Math.floor(this.#maxBytes / Math.max(1, this.#averageBytes));
    return Math.min(this.#maxRecords, Math.max(1, fitting));
  }

  /** Takes account of what was read. Large records count at once, small ones by and by. */
  note(entries: readonly StreamEntry[]): void {
    if (entries.length === 0) return;
    const bytes = entries.reduce((sum, { text }) => sum + text.length, 0);
    const average = bytes / entries.length;
    const smoothed = this.#averageBytes * (1 - weight) + average * weight;
    this.#averageBytes = Math.max(average, smoothed);
  }
}
