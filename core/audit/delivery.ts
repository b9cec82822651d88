import { setTimeout as sleep } from "node:timers/promises";
import { Backoff } from "../service/backoff.ts";
import type { Logger } from "../service/log.ts";
import type { AuditStream } from "./audit-stream.ts";
import type { RecordQueue } from "./record-queue.ts";
import { toLine } from "./spool/line.ts";
import type { SpooledBatch, Spools } from "./spool/spools.ts";

export interface DeliveryParts {
  readonly queue: RecordQueue;
  /** Undefined: there is no disk, and records go from memory to Redis. */
  readonly spools: Spools | undefined;
  readonly stream: Pick<AuditStream, "add" | "isAway">;
  readonly log: Logger;
}

const maxBatchLength = 1024 * 1024;
const maxBatchRecords = 512;
/** Longer than Redis's own deadline. Beyond it a disk counts as hung. */
const maxWaitMs = 5_000;
const closeWithinMs = 3_000;

/**
 * Takes records from memory to disk, and from disk to Redis, in order: two loops, each with one batch on its way, so that what comes
 * meanwhile shares the next one. While the disk takes nothing, and all that it holds has arrived, records go to Redis without it.
 */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #backoff = new Backoff({ firstMs: 100, maxMs: 1_000 });
  readonly #sweeping: NodeJS.Timeout;
  #isSpooling = false;
  #isShipping = false;
  #shipAgain = false;
  #isShippingQueue = false;
  #batch: SpooledBatch | undefined;
  #diskFailure: Error | undefined;
  #redisFailure: Error | undefined;
  #retry: NodeJS.Timeout | undefined;
  #diskRetry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    const expire = () =>
      parts.queue.expire(
        performance.now() - maxWaitMs,
        new Error(`an audit record was not written within ${maxWaitMs} ms`),
      );
    this.#sweeping = setInterval(expire, 500).unref();
  }

  /** Whether Redis takes no records now. */
  get isBehind(): boolean {
    return this.#redisFailure !== undefined || this.#parts.stream.isAway;
  }

  /** Whether the disk takes no records now, or there is none. */
  get isDiskAway(): boolean {
    return this.#parts.spools === undefined || this.#diskFailure !== undefined;
  }

  /** To be called when something was added to the queue or left by others. */
  kick(): void {
    void this.#spool();
    void this.#ship();
  }

  /** Delivers what it can within a few seconds. What is on disk stays there for the next start. */
  async close(): Promise<void> {
    const untilMs = performance.now() + closeWithinMs;
    this.kick();
    while (performance.now() < untilMs && this.#isBusy) await sleep(10);
    this.#isClosed = true;
    clearInterval(this.#sweeping);
    clearTimeout(this.#retry);
    clearTimeout(this.#diskRetry);
    const { queue, spools, log } = this.#parts;
    const lost = queue.unspooled.length;
    if (lost > 0) log.error({ lost }, "audit records were lost at the end");
    await spools?.close();
  }

  /** Whether waiting brings something on. What is on disk need not wait for a Redis that is away. */
  get #isBusy(): boolean {
    const { queue, spools } = this.#parts;
    if (queue.hasUnspooled || this.#isSpooling) return true;
    if (this.isBehind) return false;
    return this.#isShipping || spools?.isEmpty === false;
  }

  async #spool(): Promise<void> {
    const { queue, spools } = this.#parts;
    if (!spools || this.#isSpooling || this.#isShippingQueue || this.#isClosed) return;
    this.#isSpooling = true;
    try {
      while (queue.hasUnspooled) {
        const records = bounded(queue.unspooled.map(({ text }) => text));
        await spools.append(Buffer.concat(records.map(toLine)));
        this.#noteDisk(undefined);
        queue.noteSpooled(records.length, this.#redisFailure);
        void this.#ship();
      }
    } catch (error) {
      this.#noteDisk(error as Error);
    }
    this.#isSpooling = false;
    if (this.#diskFailure) void this.#ship();
  }

  async #ship(): Promise<void> {
    this.#shipAgain = true;
    if (this.#isShipping || this.#isClosed || this.#retry) return;
    this.#isShipping = true;
    try {
      while (this.#shipAgain) {
        this.#shipAgain = false;
        await this.#shipAll();
      }
      this.#backoff.reset();
    } catch (error) {
      this.#noteRedis(error as Error);
      this.#letGoOfQueue();
      this.#retryLater();
    }
    this.#isShipping = false;
  }

  async #shipAll(): Promise<void> {
    const { stream, spools, queue } = this.#parts;
    for (;;) {
      this.#batch ??= (await spools?.read()) ?? this.#readQueue();
      if (!this.#batch) return;
      const { texts, take } = this.#batch;
      await stream.add(texts);
      this.#noteRedis(undefined);
      await take();
      queue.noteArrived(texts);
      this.#batch = undefined;
    }
  }

  /** What is in memory, when the disk does not take it. Until it has arrived, nothing is written to disk that is younger. */
  #readQueue(): SpooledBatch | undefined {
    const { queue } = this.#parts;
    this.#isShippingQueue = this.isDiskAway && !this.#isSpooling && queue.hasUnspooled;
    if (!this.#isShippingQueue) return undefined;
    const texts = bounded(queue.unspooled.map(({ text }) => text));
    return { texts, take: async () => queue.noteShipped(texts.length) };
  }

  /** The disk may take what Redis did not. */
  #letGoOfQueue(): void {
    if (!this.#isShippingQueue) return;
    this.#isShippingQueue = false;
    this.#batch = undefined;
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.kick();
    }, this.#backoff.nextMs());
  }

  #noteDisk(failure: Error | undefined): void {
    const { log, queue } = this.#parts;
    if (failure && !this.#diskFailure) {
      log.error({ err: failure }, "the disk takes no audit records: they go to Redis without it");
    }
    if (!failure && this.#diskFailure) log.info("the disk takes audit records again");
    this.#diskFailure = failure;
    if (!failure) return;
    if (this.isBehind) queue.noteAway(failure, true);
    // The next record tries the disk again; so does this, where none comes.
    this.#diskRetry ??= setTimeout(() => {
      this.#diskRetry = undefined;
      this.kick();
    }, 1_000).unref();
  }

  #noteRedis(failure: Error | undefined): void {
    const { log, queue } = this.#parts;
    if (failure && !this.#redisFailure) {
      log.error({ err: failure }, "Redis takes no audit records: they wait");
    }
    if (!failure && this.#redisFailure) log.info("Redis takes audit records again");
    this.#redisFailure = failure;
    if (failure) queue.noteAway(failure, this.isDiskAway);
  }
}

function bounded(texts: readonly string[]): readonly string[] {
  let length = 0;
  const end = texts.findIndex((text, index) => {
    length += text.length;
    return index > 0 && (index >= maxBatchRecords || length > maxBatchLength);
  });
  return end < 0 ? texts : texts.slice(0, end);
}
