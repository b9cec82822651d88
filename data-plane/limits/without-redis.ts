import { shapeOf } from "../../core/limits/quota-shape.ts";
import type { Counter, CountMode } from "./counter.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { LocalWindows } from "./local-windows.ts";
import { guessedWaitMs, type Reading, refuses } from "./reading.ts";

interface Alone {
  readonly windows: LocalWindows;
  readonly leases: Pick<LeaseKeeper, "countOthers">;
  /** The call's own. */
  readonly lease: string;
  /** Undefined: not known. Then this proxy has no share. */
  readonly liveProxies: number | undefined;
}

/** What each limit says of a call that Redis does not count. Where none refuses, this proxy counts it. */
export function countWithoutRedis(
  counters: readonly Counter[],
  mode: CountMode,
  alone: Alone,
): Reading[] {
  const readings = counters.map((counter) => readAlone(counter, alone));
  if (mode === "take" && !readings.some(refuses)) noteCalls(readings, alone.windows);
  return readings;
}

/** Notes what was admitted, so that this proxy knows its share when Redis does not answer. */
export function noteCalls(readings: readonly Reading[], windows: LocalWindows): void {
  for (const { counter, waitMs } of readings) {
    const { limit, quota, key, cost } = counter;
    if (limit.whenRedisIsDown !== "local" || waitMs !== 0) continue;
    if (quota.kind === "requests" || quota.kind === "cost")
      windows.count(key, shapeOf(quota), cost);
  }
}

function readAlone(counter: Counter, alone: Alone): Reading {
  const { whenRedisIsDown, shadow } = counter.limit;
  const none = { counter, remaining: 0, bucket: 0, source: "none" as const };
  // Whether a limit that refuses nothing would have refused is not known.
  if (whenRedisIsDown === "allow" || (shadow && whenRedisIsDown === "deny"))
    return { ...none, waitMs: 0 };
  if (whenRedisIsDown === "deny") return { ...none, waitMs: guessedWaitMs };
  return { ...none, ...readShare(counter, alone), source: "local" };
}

/** The shares of all proxies together are never more than the limit. */
function readShare(
  { quota, key, cost }: Counter,
  { windows, leases, lease, liveProxies }: Alone,
): Pick<Reading, "remaining" | "waitMs"> {
  const amount = liveProxies ? Math.floor(quota.amount / liveProxies) : 0;
  if (quota.kind === "concurrent") {
    const remaining = amount - leases.countOthers(key, lease);
    return remaining > 0
      ? { remaining: remaining - 1, waitMs: 0 }
      : { remaining: 0, waitMs: undefined };
  }
  // What this process keeps is bounded by itself.
  if (quota.kind === "subjects") return { remaining: amount, waitMs: 0 };
  const waitMs = windows.waitMs(key, shapeOf(quota), { amount, cost });
  const left = Math.max(amount - windows.used(key), 0);
  return { waitMs, remaining: waitMs === 0 ? left - cost : left };
}
