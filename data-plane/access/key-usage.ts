import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import type { AgentDirectory } from "./agent-directory.ts";

const writeEveryMs = 30_000;
const keptForSeconds = 400 * 86_400;
const atOnce = 1_000;

/** Writes now and then when keys were used: beside the calls, many at once. */
export class KeyUsage {
  readonly #redis: Redis;
  readonly #agents: Pick<AgentDirectory, "takeUses">;
  readonly #log: Logger;
  readonly #writing = setInterval(() => void this.#write(), writeEveryMs).unref();

  constructor(parts: {
    /** A connection for purpose "durable". */
    readonly redis: Redis;
    readonly agents: Pick<AgentDirectory, "takeUses">;
    readonly log: Logger;
  }) {
    this.#redis = parts.redis;
    this.#agents = parts.agents;
    this.#log = parts.log;
  }

  /** Writes what was not written yet. */
  async close(): Promise<void> {
    clearInterval(this.#writing);
    await this.#write();
  }

  async #write(): Promise<void> {
    const uses = [...this.#agents.takeUses()];
    for (let start = 0; start < uses.length; start += atOnce) {
      const pipeline = this.#redis.pipeline();
      for (const [keyId, usedAtMs] of uses.slice(start, start + atOnce)) {
        pipeline.set(redisKeys.agentKeyUsed(keyId), usedAtMs, "EX", keptForSeconds);
      }
      const results = await pipeline.exec().catch((error: unknown) => [[error]] as const);
      const failure = results?.find(([error]) => error)?.[0];
      if (failure) {
        const lost = uses.length - start;
        this.#log.warn({ err: failure, lost }, "when keys were last used could not be written");
        return;
      }
    }
  }
}
