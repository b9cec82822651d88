import {
  longestWindow,
  quotaCode,
  shapeOf,
  subjectsQuota,
  type WindowQuota,
} from "../../core/limits/quota-shape.ts";
import { hashCode, subjectCode, valueCode } from "../../core/limits/subject-code.ts";
import type {
  CompiledLimit,
  CompiledQuota,
  LimitKeyName,
} from "../../core/policy/compiled-policy.ts";
import type { Charge } from "../../core/policy/decide.ts";
import { redisKeys } from "../../core/redis/keys.ts";

/** What a call is counted by. */
export interface LimitSubject {
  readonly tenant: string;
  readonly agent: string;
  readonly groups: readonly string[];
  readonly route: string;
  readonly upstream: string;
  /** "upstream/name" of the tool, prompt or resource. */
  readonly tool: string;
  readonly operations: readonly string[];
  /** Empty: none. */
  readonly session: string;
}

/** One thing in Redis that a call is counted in. */
export interface Counter {
  readonly limit: CompiledLimit;
  readonly quota: CompiledQuota | WindowQuota;
  readonly key: string;
  /** What Redis Cluster hashes: counters of the same are counted in one script. */
  readonly slot: string;
  /** How many this call is. */
  readonly cost: number;
  /** Whether a subject of it is one that the agent chose, of which it may not choose too many. */
  readonly bounded: boolean;
}

/** More counters than this are not counted: the call is refused by the limit that has so many. */
export const maxCountersPerLimit = 1_024;

/** The counters of one call, those of each limit together. */
export function countersOf(charges: readonly Charge[], subject: LimitSubject): Counter[] {
  return charges.flatMap((charge) => countersOfLimit(charge, subject));
}

function countersOfLimit(charge: Charge, subject: LimitSubject): Counter[] {
  const { limit, cost } = charge;
  const slot = slotOf(limit, subject);
  const longest = longestWindow(limit);
  const subjects = subjectsQuota(limit);
  const toCounter = (quota: Counter["quota"], code: string): Counter => {
    const parts = { limit: limit.name, quota: quotaCode(quota), subject: code };
    return {
      limit,
      quota,
      key: redisKeys.limitCounter(slot, parts),
      slot,
      cost: quota.kind === "cost" ? cost : 1,
      bounded: subjects !== undefined && quota === longest,
    };
  };
  const counters = combinations(limit, subject).flatMap((combination) =>
    limit.quotas.map((quota) => toCounter(quota, codeOf(charge, combination))),
  );
  const byAgent = subjectCode([["agent", subject.agent]]);
  // Behind the others of its limit: count.lua adds up what they begin.
  return subjects ? [...counters, toCounter(subjects, byAgent)] : counters;
}

/**
 * An agent, a group and a session are those of their tenant, so what is counted for them is kept with their
 * tenant. Everything else is counted over all tenants.
 */
function slotOf({ per }: CompiledLimit, { tenant }: LimitSubject): string {
  const ofTenant: readonly LimitKeyName[] = ["tenant", "group", "agent", "session"];
  return per.some((name) => ofTenant.includes(name)) ? valueCode(tenant) : "";
}

type Combination = Readonly<Record<LimitKeyName, string>>;

/**
 * A call counts once for each of its groups and operations that a limit tells apart. Without any it still
 * counts, as a class of its own: a limit that matches a call must never pass over it.
 */
function combinations(limit: CompiledLimit, subject: LimitSubject): Combination[] {
  const each = (name: "group" | "operation", values: readonly string[]) =>
    limit.per.includes(name) && values.length > 0 ? [...new Set(values)] : [""];
  return each("group", subject.groups).flatMap((group) =>
    each("operation", subject.operations).map((operation) => ({ ...subject, group, operation })),
  );
}

function codeOf({ limit, values }: Charge, combination: Combination): string {
  const named = limit.per.map((name) =>
    // A session id is a credential of sorts: it is not for people to read.
    name === "session"
      ? `${name}=${hashCode(combination.session)}`
      : subjectCode([[name, combination[name]]]),
  );
  const valued = limit.perValueOf.map(
    // Arguments may be personal data. The expression is part of what is counted.
    ({ source }, index) => `value-${hashCode(source).slice(1, 7)}=${hashCode(values[index])}`,
  );
  return [...named, ...valued].join(":");
}

/** In the order that count.lua reads. */
export function argumentsOf(counter: Counter, mode: CountMode): (string | number)[] {
  const { limit, quota, cost, bounded } = counter;
  const quiet = limit.shadow ? 1 : 0;
  const looks = mode === "look" && !(quota.kind === "concurrent" && limit.countsHeld);
  const how = looks ? 2 + quiet : quiet;
  if (quota.kind === "concurrent") return [3, quota.amount, cost, 0, 0, how];
  const { widthUs, buckets } = shapeOf(quota);
  const kind = quota.kind === "subjects" ? 2 : Number(bounded);
  return [kind, quota.amount, cost, widthUs, buckets, how];
}

/** `look`: whether there is room, for a call that waits for people before it is made. `wait`: it waits on. */
export type CountMode = "take" | "look" | "wait";

/** Whether a counter is asked: a call that waits on needs no room but its place among those under way. */
export function isAsked({ quota, limit }: Counter, mode: CountMode): boolean {
  return mode !== "wait" || (quota.kind === "concurrent" && limit.countsHeld);
}
