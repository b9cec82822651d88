import type { CompiledLimit, CompiledQuota } from "../policy/compiled-policy.ts";

/** How a window is counted: in sub-buckets, each as wide as the others. */
export interface WindowShape {
  readonly widthUs: number;
  /** In one window. */
  readonly buckets: number;
}

/** A quota over a window. `subjects` bounds how many different counters of a limit one agent may begin. */
export interface WindowQuota {
  readonly kind: "requests" | "cost" | "subjects";
  readonly amount: number;
  readonly windowMs: number;
}

/** Finer where a coarse bucket would cost many calls (long windows) or most of them (small amounts). */
export function shapeOf({ windowMs, amount }: WindowQuota): WindowShape {
  const buckets = windowMs >= 3_600_000 || amount < 20 ? 60 : 10;
  return { widthUs: Math.ceil((windowMs * 1_000) / buckets), buckets };
}

/**
 * The part of a counter's key that says what is counted: its revision. The amount is no part of it, so that a
 * lowered limit takes effect on what was counted already, and a policy that leaves the quota alone resets nothing.
 */
export function quotaCode(quota: CompiledQuota | WindowQuota): string {
  if (quota.kind === "concurrent") return "concurrent";
  return `${quota.kind}-${quota.windowMs}-${shapeOf(quota).buckets}`;
}

/** The bound on the counters of a limit whose subjects agents choose; undefined for others. */
export function subjectsQuota(limit: CompiledLimit): WindowQuota | undefined {
  const isChosen =
    limit.per.includes("tool") || limit.per.includes("session") || limit.perValueOf.length > 0;
  const longest = longestWindow(limit);
  if (!isChosen || !longest) return undefined;
  return { kind: "subjects", amount: limit.maxSubjects, windowMs: longest.windowMs };
}

/** The one whose counters live longest. */
export function longestWindow({ quotas }: CompiledLimit): WindowQuota | undefined {
  const windows = quotas.filter((quota) => quota.kind !== "concurrent");
  return windows.toSorted((one, other) => other.windowMs - one.windowMs)[0];
}
