import { setTimeout as sleep } from "node:timers/promises";
import { Backoff } from "../../../core/service/backoff.ts";

/** Whether a stream that ended is worth opening again. */
export type StreamEnd = "ended" | "final";

const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
/** A stream that stayed for this long was fine: the next one is not waited for as after a failure. */
const healthyAfterMs = 30_000;

/** Opens a stream again whenever it ends, with a growing pause, until it is final or nobody wants it any more. */
export async function keepOpen(signal: AbortSignal, open: () => Promise<StreamEnd>): Promise<void> {
  const backoff = new Backoff({ firstMs: firstWaitMs, maxMs: longestWaitMs });
  while (!signal.aborted) {
    const openedAt = Date.now();
    if ((await open()) === "final") return;
    if (Date.now() - openedAt > healthyAfterMs) backoff.reset();
    await sleep(backoff.nextMs(), undefined, { signal, ref: false }).catch(() => {});
  }
}
