import { setTimeout as sleep } from "node:timers/promises";
import { Backoff } from "../../core/service/backoff.ts";
import type { Logger } from "../../core/service/log.ts";
import type { ChainWatch, Sighting } from "./chain-watch.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Lease } from "./lease.ts";
import type { ExportMetrics } from "./metrics.ts";
import { PageSize } from "./page-size.ts";
import type { Shipper } from "./shipper.ts";
import type { StreamEntry } from "./stream-entry.ts";

export interface DrainOptions {
  readonly group: ConsumerGroup;
  readonly lease: Lease;
  readonly watch: ChainWatch;
  readonly shipper: Pick<Shipper, "ship">;
  readonly deadLetters: Pick<DeadLetters, "toRetry" | "retried">;
  readonly metrics: ExportMetrics;
  readonly log: Logger;
  /** Read at once, at most. */
  readonly pageRecords: number;
  /** So large a page should be: fewer records are read of those that are large. */
  readonly pageBytes: number;
  /** How long a page may wait to become full. */
  readonly lingerMs: number;
  /** Ends when nothing is left, instead of waiting for more. */
  readonly untilEmpty?: boolean;
}

const blockMs = 1_000;
const checkEveryMs = 2_000;
const forgottenAfterMs = 3_600_000;
/** What a sink has refused once is likely to be large. */
const retryPage = 20;

/**
 * Brings the audit stream to a sink: takes over what was not acknowledged, then reads on, and acknowledges what the sink has. While the sink
 * is away it reads no further than one page. After an outage of Redis it begins again with what was not acknowledged.
 */
export class Drain {
  readonly #options: DrainOptions;
  readonly #stopping = new AbortController();
  readonly #pageSize: PageSize;
  #running: Promise<void> = Promise.resolve();

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#pageSize = new PageSize(options.pageRecords, options.pageBytes);
  }

  /** Resolves when it was stopped, or has finished. */
  run(): Promise<void> {
    this.#running = this.#run();
    return this.#running;
  }

  /** Finishes what the sink is taking now, and lets the next exporter begin. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { lease, log } = this.#options;
    const { signal } = this.#stopping;
    const backoff = new Backoff({ firstMs: 100, maxMs: 5_000 });
    let failing = false;
    const onWorking = () => {
      if (failing) log.info("records are exported again");
      failing = false;
      backoff.reset();
    };
    let isFinished = false;
    while (!signal.aborted && !isFinished) {
      try {
        isFinished = await this.#drainWhileHeld(onWorking);
      } catch (error) {
        if (!failing && !signal.aborted) log.error({ err: error }, "exporting failed; trying on");
        failing = true;
        await sleep(backoff.nextMs(), undefined, { signal }).catch(() => {});
      }
    }
    await lease.release();
  }

  /** Resolves when it is another's turn, or to true when nothing is left to do. */
  async #drainWhileHeld(onWorking: () => void): Promise<boolean> {
    const { lease, metrics, untilEmpty = false } = this.#options;
    await lease.acquire(this.#stopping.signal);
    if (this.#stopping.signal.aborted) return true;
    metrics.active.set(1);
    try {
      await this.#recover();
      await this.#sendAgain();
      onWorking();
      const isEmpty = await this.#readOn();
      return untilEmpty && isEmpty && lease.isHeld;
    } finally {
      metrics.active.set(0);
    }
  }

  /** What was given to this consumer or to one that died, and never acknowledged. */
  async #recover(): Promise<void> {
    const { group, lease, watch, metrics, log } = this.#options;
    await group.ensure();
    await watch.load();
    await group.forgetOthers(forgottenAfterMs);
    for (let cursor = "0-0"; lease.isHeld && !this.#stopping.signal.aborted; ) {
      const page = await group.claim(cursor, this.#pageSize.records);
      this.#pageSize.note(page.entries);
      if (page.lost.length > 0) {
        metrics.lost.inc(page.lost.length);
        log.error({ entries: page.lost.length }, "records were trimmed before they were exported");
      }
      metrics.claimed.inc(page.entries.length);
      await this.#deliver(page.entries);
      cursor = page.cursor;
      if (cursor === "0-0") return;
    }
  }

  /**
   * Resolves when it is another's turn, to true when nothing is left; or to false when there is something to take over first: an exporter that lost
   * its lease may have been given entries a moment later, and whoever has them has them out of their order.
   */
  async #readOn(): Promise<boolean> {
    const { group, lease, watch, untilEmpty } = this.#options;
    const { signal } = this.#stopping;
    let checkedAtMs = performance.now();
    let next = this.#readAhead();
    try {
      while (lease.isHeld) {
        const page = await next;
        if (signal.aborted || (untilEmpty && page.length === 0)) return true;
        // What seems to be missing may be with another consumer.
        if (watch.look(page).gaps.size > 0) return false;
        next = this.#readAhead();
        await this.#deliver(page);
        if (performance.now() - checkedAtMs < checkEveryMs) continue;
        checkedAtMs = performance.now();
        if (await group.hasStranded()) return false;
        await this.#sendAgain();
      }
      return false;
    } finally {
      // What it brings is taken over like the rest.
      await next.catch(() => {});
    }
  }

  /** Dead letters that an operator wants sent again. Those that are refused again become dead letters again. */
  async #sendAgain(): Promise<void> {
    const { deadLetters, lease, shipper } = this.#options;
    const { signal } = this.#stopping;
    while (lease.isHeld && !signal.aborted) {
      const page = await deadLetters.toRetry(retryPage);
      if (page.length === 0) return;
      const entries = page.map(([, entry]) => entry);
      await shipper.ship(entries, new Map(), signal);
      await deadLetters.retried(page.map(([key]) => key));
    }
  }

  #readAhead(): Promise<readonly StreamEntry[]> {
    const page = this.#readPage();
    // What it rejects with is told of when it is awaited.
    page.catch(() => {});
    return page;
  }

  /** Waits for the first records, and then a moment for more of them. */
  async #readPage(): Promise<readonly StreamEntry[]> {
    const { group, lingerMs, untilEmpty } = this.#options;
    const size = this.#pageSize;
    const page = [...(await group.read(size.records, untilEmpty ? 1 : blockMs))];
    size.note(page);
    const endMs = performance.now() + lingerMs;
    while (page.length > 0 && page.length < size.records && !this.#stopping.signal.aborted) {
      const restMs = endMs - performance.now();
      if (restMs < 1) break;
      const more = await group.read(size.records - page.length, restMs);
      size.note(more);
      page.push(...more);
    }
    return page;
  }

  async #deliver(entries: readonly StreamEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const { group, watch, shipper } = this.#options;
    const sighting = watch.look(entries);
    await shipper.ship(entries, sighting.gaps, this.#stopping.signal);
    await group.acknowledge(
      entries.map(({ entryId }) => entryId),
      watch.toStored(sighting),
    );
    await watch.advance(sighting);
    this.#tell(sighting);
  }

  /** Once they are acknowledged: a batch that is sent again tells nothing twice. */
  #tell({ gaps, repeats }: Sighting): void {
    const { metrics, log } = this.#options;
    metrics.repeats.inc(repeats);
    for (const gap of gaps.values()) {
      metrics.gaps.inc();
      metrics.missing.inc(gap.to - gap.from + 1);
      log.error({ ...gap }, "records are missing from the audit stream");
    }
  }
}
