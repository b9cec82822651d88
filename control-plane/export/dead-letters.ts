import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";

export interface DeadLettersOptions {
  readonly redis: Redis;
  readonly group: string;
  readonly max: number;
}

/** A record that the sink refuses. */
export interface DeadLetter {
  readonly entryId: string;
  readonly id: string;
  readonly text: string;
  readonly reason: string;
}

const maxReasonLength = 1_000;

/** Keeps what a sink refuses for good, in a stream of the group's own, until somebody looks. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** Rejects when there are too many: then the drain stands still rather than lose a record. */
  async add({ entryId, id, text, reason }: DeadLetter): Promise<void> {
    const { redis, group, max } = this.#options;
    const key = redisKeys.auditExportDead(group);
    if ((await redis.xlen(key)) >= max) {
      throw new Error(
        `there are ${max} dead letters in ${key}, and no room for more: see why the sink refuses them, then XTRIM them`,
      );
    }
    const why = reason.slice(0, maxReasonLength);
    await redis.xadd(key, "*", "entry", entryId, "id", id, "reason", why, "d", text);
  }

  count(): Promise<number> {
    return this.#options.redis.xlen(redisKeys.auditExportDead(this.#options.group));
  }
}
