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

  /** An outcome as it is kept with the record of its approval. */
  seal(approvalId: string, outcome: StoredOutcome): Buffer {
    const content = JSON.stringify(outcome);
    const tooLarge: StoredOutcome = { kind: "too-large", bytes: content.length };
    const kept = content.length <= maxLength ? content : JSON.stringify(tooLarge);
    return this.#sealer.seal(kept, approvalId);
  }

  /** Undefined: nothing is kept, or it was sealed under a key that is gone. */
  async get(approvalId: string): Promise<StoredOutcome | undefined> {
    const sealed = await this.#redis.getBuffer(redisKeys.approvalOutcome(approvalId));
    const content = sealed && this.#sealer.open(sealed, approvalId);
    return content ? (JSON.parse(content) as StoredOutcome) : undefined;
  }
}
