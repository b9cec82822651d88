import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { redisKeys } from "../../../core/redis/keys.ts";
import type { Logger } from "../../../core/service/log.ts";

/** Longer than any proxy remembers a list: an edition that is gone is not one that a proxy still holds. */
const rememberedForSeconds = 3_600;

/**
 * Which edition of its lists each upstream has, for all proxies: an agent that hears of a change on one proxy
 * may list on another, which must not answer with what was before.
 */
export class ListEditions {
  readonly #redis: Redis;
  readonly #log: Logger;
  #own = 0;

  constructor({ redis, log }: { readonly redis: Redis; readonly log: Logger }) {
    this.#redis = redis;
    this.#log = log;
  }

  /** The edition now; undefined when it cannot be known: then nothing that is remembered may be shown. */
  async current(upstream: string): Promise<string | undefined> {
    try {
      return `${this.#own} ${await this.#redis.get(redisKeys.listEdition(upstream))}`;
    } catch {
      return undefined;
    }
  }

  /** An upstream announced a change. Resolves when every proxy that asks knows it. */
  async advance(upstream: string): Promise<void> {
    this.#own += 1;
    try {
      const key = redisKeys.listEdition(upstream);
      await this.#redis.set(key, randomUUID(), "EX", rememberedForSeconds);
    } catch (cause) {
      this.#log.warn({ err: cause, upstream }, "other proxies may list what was for some minutes");
    }
  }

  /** Ends what this proxy remembers of all upstreams. */
  advanceHere(): void {
    this.#own += 1;
  }
}
