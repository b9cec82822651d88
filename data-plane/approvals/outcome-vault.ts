import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Sealer } from "../../core/secrets/sealer.ts";
import type { StoredOutcome } from "../call/stored-outcome.ts";

/** Longer ones are not kept: the record says how they ended. */
const maxLength = 512 * 1024;

/** Keeps how executions ended for agents that ask again. It holds what upstreams answered, so it is encrypted. */
export class OutcomeVault {
  readonly #redis: Redis;
  readonly #sealer: Sealer;

  constructor(redis: Redis, sealer: Sealer) {
    this.#redis = redis;
    this.#sealer = sealer;
  }

  async put(approvalId: string, outcome: StoredOutcome, keepForMs: number): Promise<void> {
    if (keepForMs <= 0) return;
    const content = JSON.stringify(outcome);
    const kept: StoredOutcome =
      content.length <= maxLength ? outcome : { kind: "too-large", bytes: content.length };
    const sealed = this.#sealer.seal(JSON.stringify(kept), approvalId);
    await this.#redis.set(redisKeys.approvalOutcome(approvalId), sealed, "PX", keepForMs);
  }

  /** Undefined: nothing is kept, or it was sealed under a key that is gone. */
  async get(approvalId: string): Promise<StoredOutcome | undefined> {
    const sealed = await this.#redis.getBuffer(redisKeys.approvalOutcome(approvalId));
    const content = sealed && this.#sealer.open(sealed, approvalId);
    return content ? (JSON.parse(content) as StoredOutcome) : undefined;
  }
}
