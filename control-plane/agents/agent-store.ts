import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import { keyIdOf } from "../../core/secrets/key-hasher.ts";
import { defineScript, type RedisScript } from "../redis-script.ts";

export interface Agent {
  readonly id: string;
  readonly groups: readonly string[];
  /** Absent: none. */
  readonly tenant?: string;
  /** The operator whose agent it is. */
  readonly owner?: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly keys: readonly AgentKey[];
}

export interface AgentKey {
  readonly hint: string;
  /** In hex: HMAC-SHA-256 under the secret that `secretId` names, SHA-256 where there is none. */
  readonly digest: string;
  readonly secretId?: string;
  readonly createdAtMs: number;
  /** Absent: never. */
  readonly expiresAtMs?: number;
}

export interface AgentSnapshot {
  /** Grows with each change. 0: there was none. */
  readonly revision: number;
  /** By id. */
  readonly agents: readonly Agent[];
}

const usesAtOnce = 1_000;

/** The agents in Redis. */
export class AgentStore {
  readonly #redis: Redis;
  readonly #replace: RedisScript;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#replace = defineScript(
      redis,
      "mcpgwReplaceAgent",
      new URL("./replace-agent.lua", import.meta.url),
    );
  }

  async revision(): Promise<number> {
    return Number((await this.#redis.get(redisKeys.agentsRevision)) ?? 0);
  }

  count(): Promise<number> {
    return this.#redis.hlen(redisKeys.agents);
  }

  async get(id: string): Promise<Agent | undefined> {
    const record = await this.#redis.hget(redisKeys.agents, id);
    return record ? (JSON.parse(record) as Agent) : undefined;
  }

  /** Those of these ids that there are. */
  async getAll(ids: readonly string[]): Promise<ReadonlyMap<string, Agent>> {
    const records = await this.#redis.hmget(redisKeys.agents, ...new Set(ids));
    const agents = records.flatMap((record) => (record ? [JSON.parse(record) as Agent] : []));
    return new Map(agents.map((agent) => [agent.id, agent]));
  }

  /** When keys were last used, in milliseconds, by digest. */
  async lastUses(digests: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const uses = new Map<string, number>();
    for (let start = 0; start < digests.length; start += usesAtOnce) {
      const some = digests.slice(start, start + usesAtOnce);
      const found = await this.#redis.mget(
        some.map((digest) => redisKeys.agentKeyUsed(keyIdOf(digest))),
      );
      some.forEach((digest, index) => {
        const at = found[index];
        if (at) uses.set(digest, Number(at));
      });
    }
    return uses;
  }

  async has(id: string): Promise<boolean> {
    return (await this.#redis.hexists(redisKeys.agents, id)) === 1;
  }

  /** The whole table as it was at one moment. */
  async snapshot(): Promise<AgentSnapshot> {
    const results = await this.#redis
      .multi()
      .get(redisKeys.agentsRevision)
      .hvals(redisKeys.agents)
      .exec();
    if (!results) throw new Error("Redis gave up reading the agents");
    const [revision, records] = results.map(([error, value]) => {
      if (error) throw error;
      return value;
    }) as [string | null, string[]];
    const agents = records
      .map((record) => JSON.parse(record) as Agent)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
    return { revision: Number(revision ?? 0), agents };
  }

  /**
   * Changes one agent: `change` makes the new record from the one there is, undefined for none on either side.
   * It runs again when another writer came between.
   */
  async change(
    id: string,
    change: (agent: Agent | undefined) => Agent | undefined,
  ): Promise<{ readonly before: Agent | undefined; readonly after: Agent | undefined }> {
    for (;;) {
      const record = (await this.#redis.hget(redisKeys.agents, id)) ?? "";
      const before = record === "" ? undefined : (JSON.parse(record) as Agent);
      const after = change(before);
      if (!before && !after) return { before, after };
      const revision = await this.#replace(
        [redisKeys.agents, redisKeys.agentsRevision, redisKeys.agentsChannel],
        [id, record, after ? JSON.stringify(after) : ""],
      );
      if (revision !== 0) return { before, after };
    }
  }
}
