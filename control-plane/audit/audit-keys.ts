import type { Redis } from "ioredis";
import { keyIdOf } from "../../core/audit/chain/checkpoint-key.ts";
import { redisKeys } from "../../core/redis/keys.ts";

/** A key that signs checkpoints. */
export interface PinnedKey {
  readonly keyId: string;
  /** Raw Ed25519, base64url. */
  readonly publicKey: string;
  /** Who showed it first. */
  readonly producer: string;
  readonly seenAtMs: number;
}

/** Raw 32 bytes in base64url. */
const keyPattern = /^[\w-]{43}$/;

/** The keys that producers have shown to a control plane, which knew them by their join token. None is ever replaced. */
export class AuditKeys {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Remembers a key. Rejects when Redis does not; what is no key is ignored. */
  async pin(producer: string, publicKey: string, nowMs = Date.now()): Promise<void> {
    if (!keyPattern.test(publicKey)) return;
    const keyId = keyIdOf(publicKey);
    const key: PinnedKey = { keyId, publicKey, producer, seenAtMs: nowMs };
    await this.#redis.hsetnx(redisKeys.auditKeys, keyId, JSON.stringify(key));
  }

  /** Oldest first. */
  async list(): Promise<PinnedKey[]> {
    const values = Object.values(await this.#redis.hgetall(redisKeys.auditKeys));
    const keys = values.flatMap((json) => parse(json) ?? []);
    return keys.sort((one, other) => one.seenAtMs - other.seenAtMs);
  }
}

/** Undefined for what no control plane wrote: it must not keep anybody from verifying. What it signed shows as signed by nobody known. */
function parse(json: string): PinnedKey | undefined {
  try {
    const key = JSON.parse(json) as Partial<PinnedKey> | null;
    const { publicKey, producer, seenAtMs } = key ?? {};
    if (typeof publicKey !== "string" || !keyPattern.test(publicKey)) return undefined;
    if (typeof producer !== "string" || !isTime(seenAtMs)) return undefined;
    return { keyId: keyIdOf(publicKey), publicKey, producer, seenAtMs };
  } catch {
    return undefined;
  }
}

function isTime(ms: unknown): ms is number {
  return Number.isInteger(ms) && Number(ms) >= 0 && Number(ms) < Date.UTC(10_000, 0);
}
