import type { Redis } from "ioredis";
import { redisKeys } from "../redis/keys.ts";

/** A record is expected to come to the stream so long after, or before, its own time at most. */
const expectedWithinMs = 4_000;
const minuteMs = 60_000;
const maxMinutes = 10_000;

interface Period {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** A record's own time, and when it came to the stream, in ms. */
export interface Came {
  readonly timeMs: number;
  readonly cameMs: number;
}

/**
 * Notes where the stream holds records of another time: those that waited while Redis was away, and those of a process whose clock is
 * wrong. Whoever looks for records by their time looks there, too.
 */
export async function noteOtherTimes(redis: Redis, records: readonly Came[]): Promise<void> {
  const others = records.filter(
    ({ timeMs, cameMs }) => Math.abs(cameMs - timeMs) > expectedWithinMs / 2,
  );
  if (others.length === 0) return;
  const transaction = redis.multi();
  for (const { minute, timeMs, isEarlier } of outermost(others)) {
    if (isEarlier) transaction.zadd(redisKeys.auditEarlier, "LT", timeMs, minute);
    else transaction.zadd(redisKeys.auditLater, "GT", timeMs, minute);
  }
  // The oldest times go first.
  for (const key of [redisKeys.auditEarlier, redisKeys.auditLater]) {
    transaction.zremrangebyrank(key, 0, -maxMinutes - 1);
  }
  const results = await transaction.exec();
  const failure = results?.find(([error]) => error)?.[0];
  if (failure || !results) {
    throw new Error("Redis does not keep where records of other times are", { cause: failure });
  }
}

/** The stretch of the stream, by when records came, that holds all those of a period. */
export async function stretchOf(redis: Redis, { fromMs, toMs }: Period): Promise<Period> {
  const [earlier, later] = await Promise.all([
    toMs === undefined ? [] : redis.zrangebyscore(redisKeys.auditEarlier, "-inf", toMs),
    fromMs === undefined ? [] : redis.zrangebyscore(redisKeys.auditLater, fromMs, "+inf"),
  ]);
  const ends = earlier.map((minute) => Number(minute) + minuteMs);
  const begins = later.map(Number);
  return {
    fromMs: fromMs && Math.max(0, Math.min(fromMs - expectedWithinMs, ...begins)),
    toMs: toMs === undefined ? undefined : Math.max(0, toMs + expectedWithinMs, ...ends),
  };
}

/** Of each minute and direction the record that is furthest away. */
function outermost(others: readonly Came[]) {
  const found = new Map<string, { minute: number; timeMs: number; isEarlier: boolean }>();
  for (const { timeMs, cameMs } of others) {
    const minute = Math.floor(cameMs / minuteMs) * minuteMs;
    const isEarlier = timeMs < cameMs;
    const key = `${minute} ${isEarlier}`;
    const known = found.get(key);
    if (!known) found.set(key, { minute, timeMs, isEarlier });
    else known.timeMs = Math[isEarlier ? "min" : "max"](known.timeMs, timeMs);
  }
  return [...found.values()];
}
