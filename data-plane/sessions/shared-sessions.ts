import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import type { SealedSession, SessionHolder, SessionSeal } from "./session-seal.ts";

export interface SharedSessionsOptions {
  readonly redis: Redis;
  readonly seal: SessionSeal;
  readonly log: Logger;
}

/** From the last time that a proxy looked for it. */
const keptForMs = 86_400_000;

/**
 * Sessions with upstreams that a proxy began later than the agent's own session, so that they are not in its id:
 * kept in Redis, sealed, for the other proxies. While Redis is away every proxy has its own.
 */
export class SharedSessions {
  readonly #options: SharedSessionsOptions;

  constructor(options: SharedSessionsOptions) {
    this.#options = options;
  }

  /** The session under a key; undefined when there is none, or it cannot be known. */
  async find(key: string, owner: SessionHolder): Promise<string | undefined> {
    try {
      const sealed = await this.#options.redis.getex(nameOf(key), "PX", keptForMs);
      return sealed === null ? undefined : this.#options.seal.open(sealed, owner);
    } catch (error) {
      this.#warn(error);
      return undefined;
    }
  }

  /** Keeps a session unless another than the lost one is kept already. Resolves to the one that is kept then. */
  async keep(
    key: string,
    session: SealedSession,
    lost: string | undefined,
  ): Promise<string | undefined> {
    const { redis, seal } = this.#options;
    const name = nameOf(key);
    try {
      const found = await this.find(key, session);
      if (found !== undefined && found === lost) await redis.del(name);
      const kept = await redis.set(name, seal.seal(session), "PX", keptForMs, "NX");
      return kept === null ? await this.find(key, session) : session.upstreamSession;
    } catch (error) {
      this.#warn(error);
      return undefined;
    }
  }

  async forget(key: string): Promise<void> {
    await this.#options.redis.del(nameOf(key)).catch((error: unknown) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#options.log.warn({ err: error }, "a session could not be shared with other proxies");
  }
}

function nameOf(key: string): string {
  return redisKeys.laterSession(createHash("sha256").update(key).digest("base64url"));
}
