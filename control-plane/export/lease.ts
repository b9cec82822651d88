import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";

const lastsMs = 6_000;
const renewEveryMs = 2_000;

const renewScript =
  "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])";
const releaseScript =
  "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('DEL', KEYS[1])";

/**
 * Lets one exporter of a group work at a time, since two would mix up the order of a producer's records. The others wait.
 * One that was frozen and did not notice may send for a moment what its successor sends too: repeats, nothing lost.
 */
export class Lease {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #holder: string;
  #heldUntilMs = 0;
  #renewal: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly redis: Redis;
    readonly group: string;
    readonly consumer: string;
  }) {
    this.#redis = options.redis;
    this.#key = redisKeys.auditExportLease(options.group);
    this.#holder = `${options.consumer} ${randomUUID()}`;
  }

  get isHeld(): boolean {
    return performance.now() < this.#heldUntilMs;
  }

  /** Resolves when it is held, or the signal says to stop. Rejects when Redis is away. */
  async acquire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.isHeld) {
      const askedAtMs = performance.now();
      const taken = await this.#redis.set(this.#key, this.#holder, "PX", lastsMs, "NX");
      if (taken === "OK" || (await this.#renewOnce())) {
        this.#heldUntilMs = askedAtMs + lastsMs;
        clearInterval(this.#renewal);
        this.#renewal = setInterval(() => void this.#renew(), renewEveryMs);
        return;
      }
      await sleep(500, undefined, { signal }).catch(() => {});
    }
  }

  /** Lets the next one begin at once. */
  async release(): Promise<void> {
    clearInterval(this.#renewal);
    this.#heldUntilMs = 0;
    await this.#redis.eval(releaseScript, 1, this.#key, this.#holder).catch(() => {});
  }

  async #renew(): Promise<void> {
    const askedAtMs = performance.now();
    // While Redis is away it runs out by itself.
    const renewed = await this.#renewOnce().catch(() => undefined);
    if (renewed === true) this.#heldUntilMs = askedAtMs + lastsMs;
    if (renewed === false) this.#heldUntilMs = 0;
  }

  async #renewOnce(): Promise<boolean> {
    return (await this.#redis.eval(renewScript, 1, this.#key, this.#holder, lastsMs)) === 1;
  }
}
