import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { Redis } from "ioredis";
import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import type { Logger } from "../../core/service/log.ts";
import { type Counter, countersOf, type LimitSubject } from "./counter.ts";
import { DenyCache } from "./deny-cache.ts";
import { RedisBreaker } from "./redis-breaker.ts";

export interface LimitResult {
  /** Of all limits that refuse, the one with the longest wait. */
  readonly refused?: {
    readonly limit: string;
    /** What is counted, in words for the agent. */
    readonly scope: string;
    readonly retryAfterMs: number;
  };
  /** What is known of each limit. A call refused from memory knows only the limits that refused it. */
  readonly checked: readonly CheckedLimit[];
}

export interface CheckedLimit {
  readonly name: string;
  /** For a shadow limit: whether it would have refused. */
  readonly refused: boolean;
  readonly shadow: boolean;
  /** Calls left in the window. 0 when they could not be counted. */
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly source: "redis" | "fallback";
}

/** What Redis, or the memory of it, says about one window. */
interface Reading {
  readonly limit: CompiledLimit;
  readonly remaining: number;
  /** 0: there was room. */
  readonly waitMs: number;
}

type CountingRedis = Redis & {
  mcpgwCountCall(...keysAndArguments: (string | number)[]): Promise<number[]>;
};

const countLua = readFileSync(new URL("./count.lua", import.meta.url), "utf8");
const retryWithoutRedisMs = 1_000;
const deadlineMs = 75;

/** Counts calls against shared quotas. All limits of a call are checked in one step: it counts in all of them, or in none. */
export class Limiter {
  readonly #redis: CountingRedis;
  readonly #log: Logger;
  readonly #denials = new DenyCache();
  readonly #breaker: RedisBreaker;

  /** Wants a connection of purpose "limits": one that refuses at once when Redis is not there. */
  constructor(options: { readonly redis: Redis; readonly log: Logger }) {
    options.redis.defineCommand("mcpgwCountCall", { lua: countLua });
    this.#redis = options.redis as CountingRedis;
    this.#log = options.log;
    this.#breaker = new RedisBreaker((open) => {
      if (open) this.#log.warn("Redis does not count calls: limits follow whenRedisIsDown");
      else this.#log.info("Redis counts calls again");
    });
  }

  /** Never throws, and settles within 75 ms also when Redis hangs. */
  async check(limits: readonly CompiledLimit[], subject: LimitSubject): Promise<LimitResult> {
    if (limits.length === 0) return { checked: [] };
    const counters = countersOf(limits, subject);
    const remembered = this.#remembered(counters);
    if (remembered.length > 0) return resultOf(remembered);
    const readings = await this.#count(counters);
    return readings ? resultOf(readings) : withoutRedis(limits);
  }

  /** A window that is known to be full refuses the call before Redis is asked, so that nothing is counted. */
  #remembered(counters: readonly Counter[]): Reading[] {
    return counters.flatMap(({ limit, key }) => {
      const waitMs = limit.shadow ? 0 : this.#denials.waitMs(key);
      return waitMs > 0 ? [{ limit, remaining: 0, waitMs }] : [];
    });
  }

  async #count(counters: readonly Counter[]): Promise<Reading[] | undefined> {
    if (!this.#breaker.mayAsk()) return undefined;
    const askedAtMs = performance.now();
    try {
      const answer = await withinDeadline(
        this.#redis.mcpgwCountCall(
          counters.length,
          ...counters.map(({ key }) => key),
          ...counters.flatMap((counter) => counter.arguments),
        ),
      );
      this.#breaker.succeeded();
      return counters.map(({ limit, key }, index) => {
        const [remaining = 0, waitUs = 0] = answer.slice(2 * index, 2 * index + 2);
        const waitMs = waitUs / 1_000;
        if (waitMs > 0 && !limit.shadow) this.#denials.remember(key, askedAtMs, waitMs);
        return { limit, remaining, waitMs };
      });
    } catch (error) {
      this.#breaker.failed();
      this.#log.debug({ err: error }, "counting a call failed");
      return undefined;
    }
  }
}

/**
 * Rejects when Redis takes too long. Answers that have arrived count, however late this process comes to read
 * them: the timer looks at the sockets once more before it gives up, so that our own slowness refuses nobody.
 */
function withinDeadline<T>(asked: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`Redis did not answer within ${deadlineMs} ms`));
    const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), deadlineMs);
    asked.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function resultOf(readings: readonly Reading[]): LimitResult {
  const limits = [...new Set(readings.map(({ limit }) => limit))];
  const checked = limits.map((limit): CheckedLimit => {
    const ofLimit = readings.filter((reading) => reading.limit === limit);
    const waitMs = Math.max(...ofLimit.map((reading) => reading.waitMs));
    return {
      name: limit.name,
      refused: waitMs > 0,
      shadow: limit.shadow,
      remaining: Math.min(...ofLimit.map(({ remaining }) => remaining)),
      retryAfterMs: Math.ceil(waitMs),
      source: "redis",
    };
  });
  const [worst] = checked
    .filter(({ refused, shadow }) => refused && !shadow)
    .sort((one, other) => other.retryAfterMs - one.retryAfterMs);
  const limit = limits.find(({ name }) => name === worst?.name);
  if (!worst || !limit) return { checked };
  const { name, retryAfterMs } = worst;
  return { checked, refused: { limit: name, scope: scopeOf(limit), retryAfterMs } };
}

function withoutRedis(limits: readonly CompiledLimit[]): LimitResult {
  const refusing = limits.filter(
    ({ shadow, whenRedisIsDown }) => !shadow && whenRedisIsDown === "deny",
  );
  const [first] = refusing;
  return {
    checked: limits.map((limit) => ({
      name: limit.name,
      refused: refusing.includes(limit),
      shadow: limit.shadow,
      remaining: 0,
      retryAfterMs: refusing.includes(limit) ? retryWithoutRedisMs : 0,
      source: "fallback",
    })),
    ...(first && {
      refused: {
        limit: first.name,
        scope: `${scopeOf(first)}; calls cannot be counted at the moment`,
        retryAfterMs: retryWithoutRedisMs,
      },
    }),
  };
}

function scopeOf({ requests, windowMs, per }: CompiledLimit): string {
  const counted = per.length > 0 ? `for each ${per.join(" and ")}` : "for all calls together";
  return `${requests} calls in ${windowMs / 1_000} s ${counted}`;
}
