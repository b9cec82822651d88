import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";

export interface EndedSessionsOptions {
  readonly redis: Redis;
  /** Shared with others: only the channel of ended sessions is looked at. */
  readonly subscriber: Redis;
  /** How long a session id is valid. One that ended is remembered for as long. */
  readonly lifetimeMs: number;
  readonly log: Logger;
  readonly now?: () => number;
  readonly maxRemembered?: number;
}

/** The oldest make room: what they named has been refused for longest, and its upstream refuses it too. */
const maxRemembered = 100_000;
const maxUnsaved = 10_000;
const pageSize = 10_000;
const refreshEveryMs = 30_000;
/** Clocks of proxies may differ by so much. */
const overlapMs = 300_000;

/**
 * The sessions that agents ended (DELETE), known to every proxy without asking for each request: all of them are loaded at the
 * start and whenever Redis was away, new ones are told to all.
 *
 * While Redis is away a session ends here at once, and at other proxies when Redis is back: until then
 * it is refused there by its upstream, which was told as well.
 */
export class EndedSessions {
  readonly #options: EndedSessionsOptions;
  readonly #now: () => number;
  readonly #max: number;
  /** When each ended, by its digest, oldest first. */
  readonly #ended = new Map<string, number>();
  /** What Redis does not know yet. */
  readonly #unsaved = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #loadedUntil = 0;

  constructor(options: EndedSessionsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#max = options.maxRemembered ?? maxRemembered;
    const { subscriber } = options;
    void subscriber.subscribe(redisKeys.endedSessionsChannel).catch(() => {});
    subscriber.on("message", this.#onMessage);
    subscriber.on("ready", this.#onReady);
    this.#timer = setInterval(this.#onReady, refreshEveryMs).unref();
  }

  has(sessionId: string): boolean {
    return this.#ended.size > 0 && this.#ended.has(digestOf(sessionId));
  }

  /** Ends a session everywhere. Resolves when Redis knows it, or does not answer: it is told later then. */
  async end(sessionId: string): Promise<void> {
    const digest = digestOf(sessionId);
    const endedAt = this.#now();
    this.#remember(digest, endedAt);
    this.#unsaved.set(digest, endedAt);
    dropOldest(this.#unsaved, maxUnsaved);
    await this.#save();
  }

  /** Brings both sides up to date. Never rejects: what cannot be done now is done when Redis is back. */
  async refresh(): Promise<void> {
    try {
      await this.#save();
      await this.#load();
      this.#forget();
    } catch (error) {
      this.#options.log.warn({ err: error }, "ended sessions could not be read from Redis");
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#options.subscriber.off("message", this.#onMessage);
    this.#options.subscriber.off("ready", this.#onReady);
  }

  readonly #onReady = () => void this.refresh();

  readonly #onMessage = (channel: string, text: string) => {
    if (channel !== redisKeys.endedSessionsChannel) return;
    const [digest, endedAt] = JSON.parse(text) as [string, number];
    this.#remember(digest, endedAt);
  };

  async #save(): Promise<void> {
    const { redis, lifetimeMs, log } = this.#options;
    const unsaved = [...this.#unsaved];
    if (unsaved.length === 0) return;
    const key = redisKeys.endedSessions;
    const commands = redis.multi();
    for (const [digest, endedAt] of unsaved) {
      commands.zadd(key, endedAt, digest);
      commands.publish(redisKeys.endedSessionsChannel, JSON.stringify([digest, endedAt]));
    }
    commands.zremrangebyscore(key, "-inf", this.#now() - lifetimeMs);
    commands.zremrangebyrank(key, 0, -this.#max - 1);
    commands.pexpire(key, lifetimeMs);
    try {
      await commands.exec();
      for (const [digest] of unsaved) this.#unsaved.delete(digest);
    } catch (error) {
      log.warn({ err: error }, "other proxies learn later that a session has ended: Redis is away");
    }
  }

  async #load(): Promise<void> {
    const startedAt = this.#now();
    const { redis, lifetimeMs } = this.#options;
    const from = Math.max(this.#loadedUntil - overlapMs, startedAt - lifetimeMs);
    for (let offset = 0; offset < this.#max; offset += pageSize) {
      const range = [redisKeys.endedSessions, from, "+inf", "BYSCORE", "LIMIT", offset, pageSize];
      // RESP3 answers pairs, RESP2 a flat list.
      const page = ((await redis.call("ZRANGE", ...range, "WITHSCORES")) as unknown[]).flat();
      for (let at = 0; at < page.length; at += 2) {
        this.#remember(String(page[at]), Number(page[at + 1]));
      }
      if (page.length < 2 * pageSize) break;
    }
    this.#loadedUntil = startedAt;
  }

  #remember(digest: string, endedAt: number): void {
    this.#ended.set(digest, endedAt);
    dropOldest(this.#ended, this.#max);
  }

  #forget(): void {
    const expired = this.#now() - this.#options.lifetimeMs;
    for (const [digest, endedAt] of this.#ended) {
      if (endedAt <= expired) this.#ended.delete(digest);
    }
  }
}

/** Of the bytes: the same session id can be spelled in several ways. */
function digestOf(sessionId: string): string {
  const bytes = Buffer.from(sessionId, "base64url");
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
}

/** Maps keep the order in which things came. */
function dropOldest(kept: Map<string, number>, max: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= max) return;
    kept.delete(oldest);
  }
}
