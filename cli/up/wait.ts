import { setTimeout as sleep } from "node:timers/promises";

export interface Patience {
  readonly deadlineMs: number;
  readonly everyMs?: number;
}

/** Asks again and again until the answer is yes. Resolves to false when the deadline passes first. */
export async function waitUntil(
  isSo: () => Promise<boolean> | boolean,
  { deadlineMs, everyMs = 50 }: Patience,
): Promise<boolean> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    if (await isSo()) return true;
    if (Date.now() >= end) return false;
    await sleep(everyMs);
  }
}
