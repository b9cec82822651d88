import { setTimeout as sleep } from "node:timers/promises";
import type { Outcome } from "../call/outcome.ts";

const finishWithinMs = 25_000;

/** The calls that tasks run on this proxy. They go on when the request that began them is answered. */
export class TaskRuns {
  readonly #running = new Set<Promise<Outcome>>();

  /** Runs a call; undefined when it has not ended within this time, and goes on. */
  async run(begin: () => Promise<Outcome>, waitMs: number): Promise<Outcome | undefined> {
    const running = begin().finally(() => this.#running.delete(running));
    this.#running.add(running);
    const over = new AbortController();
    const pause = sleep(waitMs, undefined, { signal: over.signal }).catch(() => undefined);
    try {
      return await Promise.race([running, pause]);
    } finally {
      over.abort();
    }
  }

  /** Resolves when all have ended, or after so long that others would wait for this proxy. */
  async close(): Promise<void> {
    const all = Promise.allSettled(this.#running);
    await Promise.race([all, sleep(finishWithinMs, undefined, { ref: false })]);
  }
}
