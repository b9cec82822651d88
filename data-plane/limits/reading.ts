import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import type { CheckedLimit } from "../call/trail.ts";
import type { Counter } from "./counter.ts";
import { scopeOf } from "./scope.ts";

/** What is known about one counter. */
export interface Reading {
  readonly counter: Counter;
  readonly remaining: number;
  /** 0: there was room. Undefined: there is none, and nobody knows until when (calls under way). */
  readonly waitMs: number | undefined;
  /** The sub-bucket it was counted in, by Redis. */
  readonly bucket: number;
  readonly source: CheckedLimit["source"];
}

/** Why a call is refused, in words and numbers for the agent. */
export interface LimitRefusal {
  readonly limit: string;
  /** What is counted. */
  readonly scope: string;
  readonly retryAfterMs: number;
  readonly source: CheckedLimit["source"];
  readonly refuseWith: CompiledLimit["refuseWith"];
  readonly quota: CheckedLimit["quota"];
}

export interface LimitResult {
  /** Of all limits that refuse, the one with the longest wait. */
  readonly refused?: LimitRefusal;
  /** What is known of each limit. A call refused from memory knows only the limits that refused it. */
  readonly checked: readonly CheckedLimit[];
}

/** When to come back where nobody can know: a call under way ends, or Redis is there again. */
export const guessedWaitMs = 1_000;

/** Whether a call with such a reading is refused. */
export function refuses({ counter, waitMs }: Reading): boolean {
  return waitMs !== 0 && !counter.limit.shadow;
}

/** Of each limit the counter that binds most: the longest wait, then the smallest share that is left. */
export function resultOf(readings: readonly Reading[]): LimitResult {
  const byLimit = Map.groupBy(readings, ({ counter }) => counter.limit);
  const bindings = [...byLimit.values()].map((ofLimit) => ofLimit.reduce(tighter));
  const checked = bindings.map(toChecked);
  const [worst] = bindings.filter(refuses).sort((one, other) => waitOf(other) - waitOf(one));
  if (!worst) return { checked };
  const { limit, quota } = worst.counter;
  return {
    checked,
    refused: {
      limit: limit.name,
      scope: scopeOf(limit, quota, worst.source),
      retryAfterMs: Math.ceil(waitOf(worst)),
      source: worst.source,
      refuseWith: limit.refuseWith,
      quota: shownQuota(worst),
    },
  };
}

function tighter(one: Reading, other: Reading): Reading {
  const [oneMs, otherMs] = [waitOf(one), waitOf(other)];
  if (oneMs !== otherMs) return oneMs > otherMs ? one : other;
  return shareLeft(other) < shareLeft(one) ? other : one;
}

function shareLeft({ remaining, counter }: Reading): number {
  return remaining / counter.quota.amount;
}

function waitOf({ waitMs }: Reading): number {
  return waitMs ?? guessedWaitMs;
}

function toChecked(reading: Reading): CheckedLimit {
  const { limit } = reading.counter;
  return {
    name: limit.name,
    refused: reading.waitMs !== 0,
    shadow: limit.shadow,
    remaining: reading.remaining,
    retryAfterMs: Math.ceil(waitOf(reading)),
    source: reading.source,
    isOwn: limit.per.includes("agent") || limit.per.includes("session"),
    quota: shownQuota(reading),
  };
}

function shownQuota({ counter: { quota } }: Reading): CheckedLimit["quota"] {
  const { kind, amount } = quota;
  return quota.kind === "concurrent"
    ? { kind, amount }
    : { kind, amount, windowMs: quota.windowMs };
}
