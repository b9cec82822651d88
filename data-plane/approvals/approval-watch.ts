import type { Redis } from "ioredis";
import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";

interface Waiter {
  readonly look: () => void;
}

/** Messages of Redis may get lost: looking again is what makes waiting right, messages only make it quick. */
const lookEveryMs = 2_000;

/** Tells waiting calls when their approval is decided. */
export class ApprovalWatch {
  readonly #store: ApprovalStore;
  readonly #log: Logger;
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #subscriber: Redis;
  readonly #onMessage = (channel: string, id: string) => {
    if (channel !== redisKeys.approvalChannel) return;
    for (const waiter of this.#waiters.get(id) ?? []) waiter.look();
  };

  constructor(options: {
    readonly store: ApprovalStore;
    readonly subscriber: Redis;
    readonly log: Logger;
  }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#subscriber = options.subscriber;
    void this.#subscriber.subscribe(redisKeys.approvalChannel).catch(() => {});
    this.#subscriber.on("message", this.#onMessage);
  }

  /** Resolves to the record once it is not pending any more, when the time is over, or when the signal aborts. */
  wait(id: string, waitMs: number, signal: AbortSignal): Promise<ApprovalRecord | undefined> {
    return new Promise((resolve) => {
      let latest: ApprovalRecord | undefined;
      const stop = () => {
        clearInterval(interval);
        clearTimeout(timeout);
        signal.removeEventListener("abort", stop);
        this.#remove(id, waiter);
        resolve(latest);
      };
      const look = () => {
        this.#store.get(id).then(
          (record) => {
            latest = record;
            if (record?.state !== "pending") stop();
          },
          (error: unknown) =>
            this.#log.warn({ err: error, approval: id }, "cannot look; will again"),
        );
      };
      const waiter: Waiter = { look };
      const interval = setInterval(look, lookEveryMs);
      const timeout = setTimeout(stop, waitMs);
      signal.addEventListener("abort", stop, { once: true });
      this.#add(id, waiter);
      // The decision may have come before this waiter was there.
      look();
      if (signal.aborted) stop();
    });
  }

  close(): void {
    this.#subscriber.off("message", this.#onMessage);
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
