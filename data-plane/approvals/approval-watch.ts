import type { Redis } from "ioredis";
import type { ApprovalRecord, ApprovalState } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";

/** What somebody waits for. */
export interface Waiting {
  /** Until the record is in this state no more. */
  readonly whileState: ApprovalState;
  readonly waitMs: number;
  /** Each of them ends the wait. */
  readonly signals: readonly AbortSignal[];
  /** Whether the wait is to end for another reason. Asked every two seconds. */
  readonly isStale?: () => boolean;
}

interface Waiter {
  readonly waiting: Waiting;
  readonly stop: (record?: ApprovalRecord) => void;
}

/** Messages of Redis may get lost: looking again is what makes waiting right, messages only make it quick. */
const lookEveryMs = 2_000;
/** One round of looking is spread, so that an answer never waits behind thousands that have not changed. */
const pagesPerRound = 20;

/** Tells waiting calls when their approval changes. */
export class ApprovalWatch {
  readonly #store: ApprovalStore;
  readonly #log: Logger;
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #subscriber: Redis;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping: AbortSignal;
  #isLooking = false;
  /** Those that this round of looking has not come to yet. */
  #round: string[] = [];
  readonly #onMessage = (channel: string, id: string) => {
    if (channel === redisKeys.approvalChannel && this.#waiters.has(id)) void this.#look(id);
  };

  constructor(options: {
    readonly store: ApprovalStore;
    readonly subscriber: Redis;
    readonly log: Logger;
    /** Ends all waiting. */
    readonly stopping: AbortSignal;
  }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#subscriber = options.subscriber;
    void this.#subscriber.subscribe(redisKeys.approvalChannel).catch(() => {});
    this.#subscriber.on("message", this.#onMessage);
    this.#timer = setInterval(() => void this.#lookOn(), lookEveryMs / pagesPerRound).unref();
    this.#stopping = options.stopping;
    this.#stopping.addEventListener("abort", () => this.#stopAll(), { once: true });
  }

  /** Resolves to the record when it changed as awaited; undefined when the time is over, a signal aborts, or it is stale. */
  wait(id: string, waiting: Waiting): Promise<ApprovalRecord | undefined> {
    const { signals, waitMs } = waiting;
    return new Promise((resolve) => {
      const onAbort = () => stop();
      const stop = (record?: ApprovalRecord) => {
        clearTimeout(timeout);
        for (const signal of signals) signal.removeEventListener("abort", onAbort);
        this.#remove(id, waiter);
        resolve(record);
      };
      const waiter: Waiter = { waiting, stop };
      const timeout = setTimeout(onAbort, Math.max(0, waitMs));
      for (const signal of signals) signal.addEventListener("abort", onAbort, { once: true });
      this.#add(id, waiter);
      if (this.#stopping.aborted || signals.some(({ aborted }) => aborted)) stop();
      // The change may have come before this waiter was there.
      else void this.#look(id);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#subscriber.off("message", this.#onMessage);
  }

  /** Reads one record for all who wait for it. */
  async #look(id: string): Promise<void> {
    try {
      const record = await this.#store.get(id);
      for (const { waiting, stop } of this.#waiters.get(id) ?? []) {
        if (!record || record.state !== waiting.whileState) stop(record);
      }
    } catch (error) {
      this.#log.warn({ err: error, approval: id }, "cannot look at an approval; will again");
    }
  }

  /** Looks at the next page of those who wait. */
  async #lookOn(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      if (this.#round.length === 0) this.#round = [...this.#waiters.keys()];
      const page = this.#round.splice(0, Math.ceil(this.#waiters.size / pagesPerRound));
      for (const id of page) this.#stopStale(id);
      if (page.length > 0) await this.#lookAt(page);
    } catch (error) {
      this.#log.warn({ err: error }, "cannot look at the approvals; will again");
    } finally {
      this.#isLooking = false;
    }
  }

  #stopStale(id: string): void {
    for (const { waiting, stop } of this.#waiters.get(id) ?? []) if (waiting.isStale?.()) stop();
  }

  #stopAll(): void {
    for (const waiters of this.#waiters.values()) for (const { stop } of [...waiters]) stop();
  }

  async #lookAt(ids: readonly string[]): Promise<void> {
    const states = await this.#store.statesOf(ids);
    const changed = ids.filter((id, index) =>
      [...(this.#waiters.get(id) ?? [])].some(
        ({ waiting }) => states[index] !== waiting.whileState,
      ),
    );
    await Promise.all(changed.map((id) => this.#look(id)));
  }

  #add(id: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(id) ?? new Set();
    waiters.add(waiter);
    this.#waiters.set(id, waiters);
  }

  #remove(id: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(id);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(id);
  }
}
