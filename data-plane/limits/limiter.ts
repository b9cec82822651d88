import { performance } from "node:perf_hooks";
import type { Redis } from "ioredis";
import type { Charge } from "../../core/policy/decide.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import { Admission } from "./admission.ts";
import {
  type Counter,
  type CountMode,
  countersOf,
  isAsked,
  type LimitSubject,
  maxCountersPerLimit,
} from "./counter.ts";
import { DenyCache } from "./deny-cache.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { LimitStore } from "./limit-store.ts";
import { LocalWindows } from "./local-windows.ts";
import { type Reading, refuses } from "./reading.ts";
import { RedisBreaker } from "./redis-breaker.ts";
import { countWithoutRedis, noteCalls } from "./without-redis.ts";

interface LimiterOptions {
  /** A connection of purpose "limits": one that refuses at once when Redis is not there. */
  readonly redis: Redis;
  /** How many share a limit while Redis does not answer. Undefined: not known. */
  readonly liveProxies: () => number | undefined;
  /** A connection of purpose "subscriber" to where operators' acts are announced. */
  readonly subscriber?: Redis;
  readonly log: Logger;
}

/** Counts calls against shared quotas. All limits of a call are checked in one step: it counts in all of them, or in none. */
export class Limiter {
  readonly #store: LimitStore;
  readonly #log: Logger;
  readonly #liveProxies: () => number | undefined;
  readonly #denials = new DenyCache();
  readonly #windows = new LocalWindows();
  readonly #breaker: RedisBreaker;
  readonly leases: LeaseKeeper;

  constructor({ redis, liveProxies, subscriber, log }: LimiterOptions) {
    this.#store = new LimitStore(redis);
    this.#log = log;
    this.#liveProxies = liveProxies;
    this.leases = new LeaseKeeper(this.#store, log);
    if (subscriber) this.#hearOfResets(subscriber);
    this.#breaker = new RedisBreaker((open) => {
      if (open) log.warn("Redis does not count calls: limits follow whenRedisIsDown");
      else log.info("Redis counts calls again");
    });
  }

  #hearOfResets(subscriber: Redis): void {
    // A subscriber subscribes again by itself, and what is not heard is forgotten soon anyway.
    subscriber.subscribe(redisKeys.limitsResetChannel).catch(() => {});
    subscriber.on("message", (channel: string) => {
      if (channel === redisKeys.limitsResetChannel) this.#denials.clear();
    });
  }

  /** What one call takes of its quotas, and gives back. */
  admission(): Admission {
    return new Admission(this);
  }

  /** Never throws, and settles within 75 ms for each slot that the limits lie in, also when Redis hangs. */
  async count(
    charges: readonly Charge[],
    subject: LimitSubject,
    { lease, mode }: { readonly lease: string; readonly mode: CountMode },
  ): Promise<Reading[]> {
    const counters = countersOf(charges, subject).filter((one) => isAsked(one, mode));
    if (counters.length === 0) return [];
    const without = [...this.#tooMany(counters), ...this.#remembered(counters)];
    if (without.length > 0) return without;
    const readings = await this.#ask(counters, lease, mode);
    if (readings) return readings;
    const liveProxies = this.#liveProxies();
    const alone = { windows: this.#windows, leases: this.leases, lease, liveProxies };
    return countWithoutRedis(counters, mode, alone);
  }

  /** Takes back what was counted for a call that is not made. Where that fails, the call stays counted. */
  async refund(readings: readonly Reading[]): Promise<void> {
    const counted = readings.filter(
      ({ counter, source, waitMs }) =>
        source === "redis" && waitMs === 0 && counter.quota.kind !== "concurrent",
    );
    try {
      for (const group of this.#scriptsFor(counted, ({ counter }) => counter.slot)) {
        await this.#store.refund(group);
      }
    } catch (error) {
      this.#log.debug({ err: error }, "a call that was not made stays counted");
    }
  }

  close(): void {
    this.leases.close();
  }

  /** An agent may be in more groups than can be counted: not counting would let it pass. */
  #tooMany(counters: readonly Counter[]): Reading[] {
    return [...Map.groupBy(counters, ({ limit }) => limit).values()].flatMap((ofLimit) => {
      const [counter] = ofLimit;
      if (!counter || counter.limit.shadow || ofLimit.length <= maxCountersPerLimit) return [];
      this.#log.warn({ limit: counter.limit.name, counters: ofLimit.length }, "too many to count");
      return [{ counter, remaining: 0, waitMs: undefined, bucket: 0, source: "none" as const }];
    });
  }

  /** A window that is known to be full refuses the call before Redis is asked, so that nothing is counted. */
  #remembered(counters: readonly Counter[]): Reading[] {
    return counters.flatMap((counter) => {
      const { limit, key, cost, quota } = counter;
      if (limit.shadow) return [];
      const waitMs = this.#denials.waitMs(key, { cost, allowed: quota.amount });
      return waitMs > 0 ? [{ counter, remaining: 0, waitMs, bucket: 0, source: "redis" }] : [];
    });
  }

  async #ask(
    counters: readonly Counter[],
    lease: string,
    mode: CountMode,
  ): Promise<Reading[] | undefined> {
    if (!this.#breaker.mayAsk()) return undefined;
    const askedAtMs = performance.now();
    const counted: Reading[] = [];
    try {
      for (const group of this.#scriptsFor(counters, ({ slot }) => slot)) {
        const readings = await this.#store.count(group, lease, mode);
        if (readings.some(refuses)) {
          this.#remember(readings, askedAtMs);
          // Counted in one slot and refused in another: it counts in neither.
          this.#takeBack(counted, lease, mode);
          counted.push(...readings);
          break;
        }
        counted.push(...readings);
      }
      this.#breaker.succeeded();
    } catch (error) {
      this.#breaker.failed();
      this.#log.debug({ err: error }, "counting a call failed");
      this.#takeBack(counted, lease, mode);
      for (const { quota, key } of counters) {
        if (quota.kind === "concurrent") this.leases.abandon(key, lease);
      }
      return undefined;
    }
    if (mode === "take" && !counted.some(refuses)) noteCalls(counted, this.#windows);
    return counted;
  }

  #remember(readings: readonly Reading[], askedAtMs: number): void {
    for (const { counter, waitMs } of readings) {
      const { limit, key, cost, quota } = counter;
      // How many subjects a call begins is known to Redis only.
      if (!waitMs || limit.shadow || quota.kind === "subjects") continue;
      this.#denials.remember(key, { cost, allowed: quota.amount }, { askedAtMs, ms: waitMs });
    }
  }

  #takeBack(readings: readonly Reading[], lease: string, mode: CountMode): void {
    for (const { counter } of readings) {
      if (counter.quota.kind === "concurrent") this.leases.abandon(counter.key, lease);
    }
    if (mode === "take" && readings.length > 0) void this.refund(readings);
  }

  /** One script for everything, unless Redis is a cluster: there one for each slot. */
  #scriptsFor<T>(items: readonly T[], slotOf: (item: T) => string): readonly (readonly T[])[] {
    if (items.length === 0) return [];
    if (!this.#store.isCluster) return [items];
    // What all tenants share comes last: it is the slot that everybody waits for.
    const bySlot = Map.groupBy(items, slotOf);
    return [...bySlot.entries()]
      .sort(([one], [other]) => (one > other ? -1 : 1))
      .map(([, group]) => group);
  }
}
