import type { Redis } from "ioredis";
import { redisKeys } from "../redis/keys.ts";
import { noteOtherTimes } from "./other-times.ts";
import type { AuditRecord } from "./record.ts";

export interface AuditStreamOptions {
  /** A connection for purpose "durable" that nothing else uses: waiting for replicas blocks it. */
  readonly redis: Redis;
  /** How many replicas must have a record before it counts as written. */
  readonly waitReplicas: number;
  readonly waitMs: number;
}

/** Adds records to the stream in Redis. */
export class AuditStream {
  readonly #options: AuditStreamOptions;

  /** What was added, but is not at enough replicas yet, over the connection that is open still. */
  #unconfirmed: readonly string[] | undefined;

  constructor(options: AuditStreamOptions) {
    this.#options = options;
    // Another connection may lead to another primary, which may never have seen it.
    options.redis.on("close", () => {
      this.#unconfirmed = undefined;
    });
  }

  /** Whether the connection is lost, and nothing can be added now. */
  get isAway(): boolean {
    return ["close", "reconnecting", "end"].includes(this.#options.redis.status);
  }

  /**
   * Adds all records or none, in their order. Resolves when Redis and as many replicas as were asked for have them; rejects otherwise,
   * and then they may be there all the same: given again they may be there twice, with the same ids.
   */
  async add(texts: readonly string[]): Promise<void> {
    const { redis, waitReplicas, waitMs } = this.#options;
    const added = this.#unconfirmed === texts ? undefined : this.#add(texts);
    // On its way together with them: one round trip.
    const confirmed = waitReplicas > 0 ? redis.wait(waitReplicas, waitMs) : 0;
    const [, replicas] = await Promise.all([added, confirmed]);
    if (replicas >= waitReplicas) return;
    this.#unconfirmed = texts;
    throw new Error(`only ${replicas} of ${waitReplicas} replicas have the audit records`);
  }

  async #add(texts: readonly string[]): Promise<void> {
    const { redis } = this.#options;
    const transaction = redis.multi();
    const heads: Record<string, string> = {};
    const times: number[] = [];
    for (const text of texts) {
      const { id, producer, bootId, sequence, hash, time } = JSON.parse(text) as AuditRecord;
      const place = ["p", producer ?? "", "b", bootId ?? "", "s", String(sequence ?? 0)];
      times.push(Date.parse(time));
      transaction.xadd(redisKeys.auditStream, "*", "id", id, "d", text, ...place);
      if (bootId) heads[bootId] = JSON.stringify({ producer, sequence, hash, time });
    }
    transaction.hset(redisKeys.auditHeads, heads);
    const results = await transaction.exec();
    const failure = results?.find(([error]) => error)?.[0];
    if (failure || !results) {
      throw new Error("audit records were not written to Redis", { cause: failure ?? undefined });
    }
    const came = times.map((timeMs, index) => ({
      timeMs,
      // By the clock of Redis, which names the entries.
      cameMs: Number(String(results[index]?.[1]).split("-")[0]),
    }));
    await noteOtherTimes(redis, came);
  }
}
