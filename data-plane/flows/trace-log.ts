import { type Digest, DigestTable } from "./trace/digest-table.ts";

/** What is in Redis for an agent: a list of eight-byte records, of which the oldest go. A proxy holds what it has seen of it. */
export interface LogPart {
  /** Number of the oldest record that there is. */
  readonly base: number;
  /** Number of the first record here. */
  readonly from: number;
  readonly records: Buffer;
}

/** What a proxy has seen, so that Redis sends only what it has not. */
export interface Seen {
  /** Number of the latest beginning of a batch. */
  readonly checkedAt: number;
  /** Its eight bytes: no other list has them there. */
  readonly check: Buffer;
  /** Number of the first record that was not seen. */
  readonly end: number;
}

/** Which saying of a thing counts. */
export type Counting = "latest" | "first";

export const recordBytes = 8;
const nothing = Buffer.alloc(0);
/** No digest is so small. What is smaller begins a batch: the number of its source, and 24 random bits. */
const leastDigest = 1 << 24;

/** A proxy's copy of the list of what an agent has read, or of what was named to it, as a table. */
export class TraceLog {
  /** Goes up when what was seen turns out to be of another list. */
  generation = 0;
  base = 0;
  end = 0;
  readonly #counts: Counting;
  #table = new DigestTable();
  /** Where batches begin, and the numbers of their sources. */
  #batches: { readonly at: number; readonly source: number }[] = [];
  #check = nothing;

  constructor(counts: Counting) {
    this.#counts = counts;
  }

  get bytes(): number {
    return this.#table.bytes;
  }

  get seen(): Seen {
    return { checkedAt: this.#batches.at(-1)?.at ?? 0, check: this.#check, end: this.end };
  }

  /** Takes up what Redis answered to who had seen so much. False: it does not fit, and all of it is to be asked for. */
  take(part: LogPart, asked: { readonly end: number; readonly generation: number }): boolean {
    if (part.from !== asked.end) this.forget();
    else if (asked.generation !== this.generation) return false;
    if (this.end === 0) this.end = part.from;
    if (this.end < part.from) return false;
    // Another answer may have brought some of it in the meantime.
    const known = this.end - part.from;
    this.base = Math.max(this.base, part.base);
    for (let at = known * recordBytes; at + recordBytes <= part.records.length; at += recordBytes) {
      this.#takeRecord(part.records, at);
    }
    this.#shrink();
    return true;
  }

  forget(): void {
    this.generation += 1;
    this.base = 0;
    this.end = 0;
    this.#table = new DigestTable();
    this.#batches = [];
    this.#check = nothing;
  }

  /** The number of the record that counts. Undefined: it is not there. */
  numberOf({ low, high }: Digest): number | undefined {
    const value = this.#table.get(withoutOrigin(low), high);
    if (value === undefined) return undefined;
    const number = Math.floor(value / 2);
    return number < this.base ? undefined : number;
  }

  /** Whether that one was said by somebody untrusted. */
  isUntrusted({ low, high }: Digest): boolean {
    return ((this.#table.get(withoutOrigin(low), high) ?? 0) & 1) === 1;
  }

  /** The number of the source of a record. Undefined: it is gone. */
  sourceOf(number: number): number | undefined {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#batches[middle]?.at ?? 0) <= number) low = middle + 1;
      else high = middle;
    }
    return this.#batches[low - 1]?.source;
  }

  #takeRecord(records: Buffer, at: number): void {
    const low = records.readUInt32LE(at);
    const high = records.readUInt32LE(at + 4);
    const number = this.end;
    this.end += 1;
    if (high < leastDigest) {
      this.#batches.push({ at: number, source: low });
      this.#check = Buffer.from(records.subarray(at, at + recordBytes));
      return;
    }
    const key = withoutOrigin(low);
    const known = this.#counts === "first" ? this.#table.get(key, high) : undefined;
    if (known !== undefined && known >= this.base * 2) return;
    this.#table.set(key, high, number * 2 + (low & 1));
  }

  /** What is gone from Redis goes here, once it is half of what is held. */
  #shrink(): void {
    if (this.#table.size > 1_024 && this.#table.size > (this.end - this.base) * 2) {
      this.#table = this.#table.since(this.base * 2);
    }
    const [, second] = this.#batches;
    if (second && second.at <= this.base) {
      this.#batches = this.#batches.filter(
        (_, index, all) => (all[index + 1]?.at ?? Number.POSITIVE_INFINITY) > this.base,
      );
    }
  }
}

function withoutOrigin(low: number): number {
  return (low & ~1) >>> 0;
}

/** Records of digests, each with whether somebody untrusted said it. */
export function recordsOf(digests: readonly Digest[], isUntrusted = false): Buffer {
  const records = Buffer.allocUnsafe(digests.length * recordBytes);
  for (const [index, { low, high }] of digests.entries()) {
    records.writeUInt32LE((withoutOrigin(low) | (isUntrusted ? 1 : 0)) >>> 0, index * recordBytes);
    records.writeUInt32LE(high, index * recordBytes + 4);
  }
  return records;
}
