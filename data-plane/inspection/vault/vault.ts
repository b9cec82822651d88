import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { hashCode } from "../../../core/limits/subject-code.ts";
import { redisKeys } from "../../../core/redis/keys.ts";
import { withinDeadline } from "../../../core/redis/within-deadline.ts";
import { Sealer } from "../../../core/secrets/sealer.ts";
import type { Logger } from "../../../core/service/log.ts";
import type { AgentRequest } from "../../call/agent-request.ts";
import type { RedactedValue } from "../../call/redacted-value.ts";
import type { RedactionKeys } from "../redaction-keys.ts";

/** Who was shown tokens: an agent in one session, or without one on one route. */
export type VaultOwner = Pick<AgentRequest, "principal" | "route" | "session">;

export interface VaultOptions {
  /** A connection that refuses at once when Redis is not there (purpose "limits"), to the Redis that keeps. */
  readonly redis: Redis;
  readonly keys: Pick<RedactionKeys, "latest">;
  readonly log: Pick<Logger, "warn">;
  /** Milliseconds since 1970. Default: the clock. */
  readonly nowMs?: () => number;
}

const deadlineMs = 1_000;
/** Of one session. */
const maxValues = 1_000;
const maxBytes = 256 * 1_024;
/** Of one agent: it chooses how many it begins. */
const maxSessions = 100;

type Script<Found> = (...keysAndArguments: (string | number | Buffer)[]) => Promise<Found>;

interface Scripts {
  readonly mcpgwKeepValues: Script<number>;
  readonly mcpgwLookAtValuesBuffer: Script<readonly (Buffer | null)[]>;
}

/**
 * What redaction tokens stand for, for the session that was shown them alone. In Redis, so that every proxy finds it, and sealed under the
 * tenant's key of the epoch: nobody reads it there.
 */
export class Vault {
  readonly #options: VaultOptions;
  readonly #redis: Redis & Scripts;
  readonly #sealers = new WeakMap<Buffer, Sealer>();

  constructor(options: VaultOptions) {
    const { redis } = options;
    redis.defineCommand("mcpgwKeepValues", { lua: script("keep"), numberOfKeys: 3 });
    redis.defineCommand("mcpgwLookAtValues", { lua: script("look"), numberOfKeys: 2 });
    this.#options = options;
    this.#redis = redis as Redis & Scripts;
  }

  /** Keeps values for so long from now. Resolves to how many are not kept. Never rejects: their tokens then stand for nothing. */
  async keep(owner: VaultOwner, values: readonly RedactedValue[], forMs: number): Promise<number> {
    const sealer = this.#sealerOf(owner);
    const { values: key, ends, sessions, session } = keysOf(owner);
    const sealed = values.flatMap(({ token, value }) => [
      token,
      sealer.seal(value, aboutOf(owner, token)),
    ]);
    const bounds = [maxValues, maxBytes, maxSessions];
    try {
      return await withinDeadline(
        this.#redis.mcpgwKeepValues(key, ends, sessions, forMs, session, ...bounds, ...sealed),
        deadlineMs,
      );
    } catch (error) {
      const lost = { err: error, values: values.length };
      this.#options.log.warn(lost, "what was redacted is not kept: its tokens stand for nothing");
      return values.length;
    }
  }

  /** What these tokens stand for, as far as this session was shown them and they are kept. Rejects when Redis does not answer within a second. */
  async look(owner: VaultOwner, tokens: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const sealer = this.#sealerOf(owner);
    const { values: key, ends } = keysOf(owner);
    const found = await withinDeadline(
      this.#redis.mcpgwLookAtValuesBuffer(key, ends, ...tokens),
      deadlineMs,
    );
    return new Map(
      tokens.flatMap((token, index) => {
        const sealed = found[index];
        const value = sealed ? sealer.open(sealed, aboutOf(owner, token)) : undefined;
        return value === undefined ? [] : [[token, value] as const];
      }),
    );
  }

  /** Its session is over. Never rejects: what is left expires. */
  async forget(owner: VaultOwner): Promise<void> {
    const { values, ends, sessions, session } = keysOf(owner);
    const forgetting = this.#redis.multi().del(values, ends).zrem(sessions, session).exec();
    await withinDeadline(forgetting, deadlineMs).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, "what an ended session kept stays until it expires");
    });
  }

  /** Under the key of now: a call may have come in the epoch before. */
  #sealerOf({ principal }: VaultOwner): Sealer {
    const { keys, nowMs = Date.now } = this.#options;
    const latest = keys.latest(principal.tenant, nowMs());
    const [key] = latest;
    const sealer = this.#sealers.get(key) ?? new Sealer(latest, "vault");
    this.#sealers.set(key, sealer);
    return sealer;
  }
}

function script(name: string): string {
  return readFileSync(new URL(`./${name}.lua`, import.meta.url), "utf8");
}

/** Whose value it is, and for which token: it opens for no other. */
function aboutOf({ principal, route, session }: VaultOwner, token: string): string {
  const { tenant = null, agent } = principal;
  return JSON.stringify([tenant, agent, route.path, session ?? null, token]);
}

/** Agents choose their names, and sessions are secrets: neither stands in a key. */
function keysOf({ principal, route, session }: VaultOwner) {
  const { tenant = null, agent } = principal;
  const who = hashCode(JSON.stringify([tenant, agent]));
  const where = hashCode(JSON.stringify([route.path, session ?? null]));
  return {
    values: redisKeys.vaultValues(who, where),
    ends: redisKeys.vaultEnds(who, where),
    sessions: redisKeys.vaultSessions(who),
    session: where,
  };
}
