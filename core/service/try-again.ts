import { setTimeout as sleep } from "node:timers/promises";
import { Backoff } from "./backoff.ts";

/** Tries after growing pauses, 200 ms to 2 s, until it resolves. False: it has not within so many milliseconds. Never rejects. */
export async function tryAgain(
  attempt: () => Promise<unknown>,
  withinMs: number,
): Promise<boolean> {
  const backoff = new Backoff({ firstMs: 200, maxMs: 2_000 });
  const giveUpAt = performance.now() + withinMs;
  while (performance.now() < giveUpAt) {
    await sleep(backoff.nextMs(), undefined, { ref: false });
    const isDone = await attempt().then(
      () => true,
      () => false,
    );
    if (isDone) return true;
  }
  return false;
}
