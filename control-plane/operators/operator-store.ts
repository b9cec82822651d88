import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import { defineScript, type RedisScript } from "../redis-script.ts";
import type { RoleName } from "./roles.ts";

export interface Operator {
  readonly name: string;
  readonly groups: readonly string[];
  readonly role: RoleName;
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** SHA-256 of the token, in hex. */
  readonly tokenDigest: string;
}

export type RevokeOperatorResult =
  | { readonly kind: "revoked"; readonly operator: Operator }
  | { readonly kind: "missing" }
  | { readonly kind: "last-admin" };

/** The operators in Redis. */
export class OperatorStore {
  readonly #redis: Redis;
  readonly #revoke: RedisScript;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#revoke = defineScript(
      redis,
      "mcpgwRevokeOperator",
      new URL("./revoke.lua", import.meta.url),
    );
  }

  /** False: the name is taken. */
  async create(operator: Operator): Promise<boolean> {
    const record = JSON.stringify(operator);
    return (await this.#redis.hsetnx(redisKeys.operators, operator.name, record)) === 1;
  }

  /** By name. */
  async list(): Promise<Operator[]> {
    const records = await this.#redis.hvals(redisKeys.operators);
    return records
      .map((record) => JSON.parse(record) as Operator)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async revoke(name: string): Promise<RevokeOperatorResult> {
    const [kind, record] = (await this.#revoke([redisKeys.operators], [name])) as [string, string];
    if (kind === "revoked") return { kind, operator: JSON.parse(record) as Operator };
    return { kind: kind === "missing" ? "missing" : "last-admin" };
  }
}
