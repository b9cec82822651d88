import { hash } from "node:crypto";
import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import { redisKeys } from "../../core/redis/keys.ts";

/** What a call is counted by. */
export interface LimitSubject {
  readonly agent: string;
  readonly route: string;
  readonly upstream: string;
  readonly tool: string;
  readonly operations: readonly string[];
}

/** One window in Redis that a call is counted in. */
export interface Counter {
  readonly limit: CompiledLimit;
  readonly key: string;
  /** In the order that count.lua reads. */
  readonly arguments: readonly (string | number)[];
}

/** Tenants are not told apart yet; the key has the place for them. */
const tenant = "default";

/**
 * The windows in which one call counts: one for each limit, and for a limit per operation one
 * for each operation of the call. A call without an operation still counts, as a class of its own:
 * a limit that matches a call must never pass over it.
 */
export function countersOf(limits: readonly CompiledLimit[], subject: LimitSubject): Counter[] {
  return limits.flatMap((limit) =>
    operationsCounted(limit, subject).map(toCounter(limit, subject)),
  );
}

function operationsCounted(limit: CompiledLimit, { operations }: LimitSubject): readonly string[] {
  if (!limit.per.includes("operation") || operations.length === 0) return [""];
  return [...new Set(operations)];
}

function toCounter(limit: CompiledLimit, subject: LimitSubject): (operation: string) => Counter {
  const buckets = bucketsIn(limit);
  const widthUs = Math.ceil((limit.windowMs * 1_000) / buckets);
  const livesForMs = Math.ceil(((buckets + 1) * widthUs) / 1_000);
  return (operation) => ({
    limit,
    key: keyOf(limit, { ...subject, operation }),
    arguments: [limit.requests, widthUs, buckets, livesForMs, limit.shadow ? 1 : 0],
  });
}

/** Finer where a coarse bucket would cost many calls (long windows) or most of them (small limits). */
function bucketsIn({ windowMs, requests }: CompiledLimit): number {
  return windowMs >= 3_600_000 || requests < 20 ? 60 : 10;
}

/**
 * The values come from agents, so they are hashed as JSON: no choice of delimiters makes two subjects meet.
 * The numbers of the limit are part of the key: a changed limit starts a new count at once.
 */
function keyOf(
  limit: CompiledLimit,
  values: Readonly<Record<CompiledLimit["per"][number], string>>,
): string {
  const named = limit.per.map((name) => [name, values[name]]);
  const identity = JSON.stringify([limit.name, limit.requests, limit.windowMs, named]);
  return redisKeys.limitWindow(
    tenant,
    limit.name,
    hash("sha256", identity, "base64url").slice(0, 22),
  );
}
