import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { StreamEntry } from "./stream-entry.ts";

/** Records that never came: of one start of one producer, both ends included. */
export interface Gap {
  readonly producer: string;
  readonly bootId: string;
  readonly from: number;
  readonly to: number;
}

/** What a batch says of the chains. */
export interface Sighting {
  /** By the index of the entry that shows it. */
  readonly gaps: ReadonlyMap<number, Gap>;
  /** Entries that came before. */
  readonly repeats: number;
  readonly positions: ReadonlyMap<string, Position>;
}

interface Position {
  readonly sequence: number;
  /** Of the newest entry, in ms. */
  readonly atMs: number;
}

/** Starts of producers that are remembered; the longest silent ones are forgotten first. */
const maxChains = 10_000;

/**
 * Notices missing records: each start of a producer numbers its own without a gap, and they stand in the stream in that order. Where each
 * stands is kept in Redis, so that nothing can go missing while no exporter runs.
 */
export class ChainWatch {
  readonly #redis: Redis;
  readonly #key: string;
  #positions = new Map<string, Position>();
  /** A group that begins in the middle of a trimmed stream knows no beginnings. */
  #begins = true;

  constructor(redis: Redis, group: string) {
    this.#redis = redis;
    this.#key = redisKeys.auditExportSeen(group);
  }

  /** Reads where the chains stood when records were last acknowledged. */
  async load(): Promise<void> {
    const stored = await this.#redis.hgetall(this.#key);
    this.#positions = new Map(
      Object.entries(stored).map(([chain, text]) => [chain, parsePosition(text)]),
    );
    this.#begins = this.#positions.size === 0;
  }

  look(entries: readonly StreamEntry[]): Sighting {
    const positions = new Map<string, Position>();
    const gaps = new Map<number, Gap>();
    let repeats = 0;
    for (const [index, { producer, bootId, sequence, entryId }] of entries.entries()) {
      if (sequence === 0 || bootId === "") continue;
      const chain = `${bootId} ${producer}`;
      const known = positions.get(chain) ?? this.#positions.get(chain);
      const before = known?.sequence ?? (this.#begins ? sequence - 1 : 0);
      if (sequence <= before) repeats += 1;
      if (sequence > before + 1) {
        gaps.set(index, { producer, bootId, from: before + 1, to: sequence - 1 });
      }
      const atMs = Number(entryId.split("-")[0]);
      positions.set(chain, { sequence: Math.max(before, sequence), atMs });
    }
    return { gaps, repeats, positions };
  }

  /** To be stored with the acknowledgement of the batch. */
  toStored({ positions }: Sighting): Record<string, string> {
    return Object.fromEntries(
      [...positions].map(([chain, { sequence, atMs }]) => [chain, `${sequence} ${atMs}`]),
    );
  }

  /** Goes on from there: the batch is acknowledged. */
  async advance({ positions }: Sighting): Promise<void> {
    for (const [chain, position] of positions) this.#positions.set(chain, position);
    if (positions.size > 0) this.#begins = false;
    if (this.#positions.size > maxChains) await this.#forgetOldest();
  }

  async #forgetOldest(): Promise<void> {
    const byAge = [...this.#positions].sort(([, one], [, other]) => one.atMs - other.atMs);
    const forgotten = byAge.slice(0, maxChains / 10).map(([chain]) => chain);
    await this.#redis.hdel(this.#key, ...forgotten);
    for (const chain of forgotten) this.#positions.delete(chain);
  }
}

function parsePosition(text: string): Position {
  const [sequence = 0, atMs = 0] = text.split(" ").map(Number);
  return { sequence: sequence || 0, atMs: atMs || 0 };
}
