import type { ChainedRecord } from "./chain/record-chain.ts";

/** What a writer waits for: its record on this disk, in Redis, or in Redis unless that is away and the disk has it. */
export type Durability = "spooled" | "shipped" | "shipped-if-possible";

export interface Waiting {
  readonly until: Durability;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

interface Queued {
  readonly record: ChainedRecord;
  waiting: Waiting | undefined;
}

const maxQueued = 10_000;
const maxQueuedLength = 64 * 1024 * 1024;

/** Records in memory: those that are not on disk yet, and those on disk for whose arrival in Redis somebody waits. */
export class RecordQueue {
  /** Not on disk, in the order of their chain. */
  #unspooled: Queued[] = [];
  #unspooledLength = 0;
  /** On disk; by id. */
  readonly #awaited = new Map<string, Waiting>();

  get isFull(): boolean {
    return this.#unspooled.length >= maxQueued || this.#unspooledLength >= maxQueuedLength;
  }

  get unspooled(): readonly ChainedRecord[] {
    return this.#unspooled.map(({ record }) => record);
  }

  get hasUnspooled(): boolean {
    return this.#unspooled.length > 0;
  }

  add(record: ChainedRecord, waiting: Waiting | undefined): void {
    this.#unspooled.push({ record, waiting });
    this.#unspooledLength += record.text.length;
  }

  /** The first `count` are on disk. `away`: why Redis takes nothing now. */
  noteSpooled(count: number, away: Error | undefined): void {
    for (const { record, waiting } of this.#remove(count)) {
      if (!waiting) continue;
      if (waiting.until === "spooled") waiting.resolve();
      else if (away) endWithDisk(waiting, away);
      else this.#awaited.set(record.id, waiting);
    }
  }

  /** The first `count` went to Redis without having been on disk. */
  noteShipped(count: number): void {
    for (const { waiting } of this.#remove(count)) waiting?.resolve();
  }

  /** These came to Redis from the disk. */
  noteArrived(texts: readonly string[]): void {
    if (this.#awaited.size === 0) return;
    for (const text of texts) {
      const { id } = JSON.parse(text) as { id: string };
      this.#awaited.get(id)?.resolve();
      this.#awaited.delete(id);
    }
  }

  /** Redis takes nothing now: whoever needs that it does hears of it. The records stay. */
  noteAway(cause: Error, isDiskAway: boolean): void {
    for (const [id, waiting] of this.#awaited) {
      this.#awaited.delete(id);
      endWithDisk(waiting, cause);
    }
    for (const queued of this.#unspooled) {
      if (!queued.waiting || (!isDiskAway && queued.waiting.until !== "shipped")) continue;
      queued.waiting.reject(cause);
      queued.waiting = undefined;
    }
  }

  /** Ends waits that began before. A disk may hang for ever. */
  expire(beforeMs: number, cause: Error): void {
    for (const [id, waiting] of this.#awaited) {
      if (waiting.sinceMs > beforeMs) continue;
      this.#awaited.delete(id);
      endWithDisk(waiting, cause);
    }
    for (const queued of this.#unspooled) {
      if (!queued.waiting || queued.waiting.sinceMs > beforeMs) continue;
      queued.waiting.reject(cause);
      queued.waiting = undefined;
    }
  }

  #remove(count: number): readonly Queued[] {
    const removed = this.#unspooled.splice(0, count);
    for (const { record } of removed) this.#unspooledLength -= record.text.length;
    return removed;
  }
}

/** The disk has it and Redis has not. */
function endWithDisk({ until, resolve, reject }: Waiting, cause: Error): void {
  if (until === "shipped") reject(cause);
  else resolve();
}
