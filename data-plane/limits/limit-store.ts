import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { shapeOf } from "../../core/limits/quota-shape.ts";
import { withinDeadline } from "../../core/redis/within-deadline.ts";
import { argumentsOf, type Counter, type CountMode } from "./counter.ts";
import type { Reading } from "./reading.ts";

/** A lease that is not renewed for so long is over: its proxy died. */
export const leaseMs = 30_000;
const deadlineMs = 75;

type Script = (...keysAndArguments: (string | number)[]) => Promise<number[]>;

const scripts = {
  mcpgwCountCall: "count",
  mcpgwRefundCall: "refund",
  mcpgwRenewLeases: "renew",
} as const;

type LimitRedis = Redis & Readonly<Record<keyof typeof scripts, Script>>;

/** The counters in Redis. Each method rejects when Redis does not answer within 75 ms. */
export class LimitStore {
  readonly #redis: LimitRedis;
  /** Whether Redis refuses scripts over several slots. */
  readonly isCluster: boolean;

  /** Wants a connection of purpose "limits": one that refuses at once when Redis is not there. */
  constructor(redis: Redis) {
    for (const [name, file] of Object.entries(scripts)) {
      const lua = readFileSync(new URL(`./${file}.lua`, import.meta.url), "utf8");
      redis.defineCommand(name, { lua });
    }
    this.#redis = redis as LimitRedis;
    this.isCluster = redis.isCluster;
  }

  /** Counts in all of the counters or in none. They share a slot where Redis is a cluster. */
  async count(counters: readonly Counter[], lease: string, mode: CountMode): Promise<Reading[]> {
    const answer = await withinDeadline(
      this.#redis.mcpgwCountCall(
        counters.length,
        ...counters.map(({ key }) => key),
        lease,
        leaseMs,
        ...counters.flatMap((counter) => argumentsOf(counter, mode)),
      ),
      deadlineMs,
    );
    return counters.map((counter, index) => {
      const [remaining = 0, waitUs = 0, bucket = 0] = answer.slice(3 * index, 3 * index + 3);
      const waitMs = waitUs < 0 ? undefined : waitUs / 1_000;
      return { counter, remaining, waitMs, bucket, source: "redis" };
    });
  }

  /** Takes back what was counted in windows that share a slot. */
  async refund(readings: readonly Reading[]): Promise<void> {
    const details = readings.flatMap(({ counter: { quota, cost }, bucket }) =>
      quota.kind === "concurrent" ? [] : [bucket, cost, shapeOf(quota).buckets],
    );
    const keys = readings.map(({ counter }) => counter.key);
    await withinDeadline(this.#redis.mcpgwRefundCall(keys.length, ...keys, ...details), deadlineMs);
  }

  async renew(key: string, leases: readonly string[]): Promise<void> {
    await withinDeadline(this.#redis.mcpgwRenewLeases(1, key, leaseMs, ...leases), deadlineMs);
  }

  async release(key: string, leases: readonly string[]): Promise<void> {
    await withinDeadline(this.#redis.zrem(key, ...leases), deadlineMs);
  }
}
