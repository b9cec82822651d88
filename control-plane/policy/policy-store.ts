import { fromBinary } from "@bufbuild/protobuf";
import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import { type Policy, PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { defineScript, type RedisScript } from "../redis-script.ts";

/** What is known of a version beside the policy itself. */
export interface PolicyVersionInfo {
  readonly version: number;
  readonly digest: string;
  readonly author: string;
  readonly message: string;
  readonly pushedAtMs: number;
}

export interface PolicyPush {
  /** The latest version that the pusher has seen. 0: none. */
  readonly after: number;
  readonly policy: Uint8Array;
  readonly digest: string;
  readonly author: string;
  readonly message: string;
}

/** The versions of the policy in Redis: numbered upward, never changed. */
export class PolicyStore {
  readonly #redis: Redis;
  readonly #push: RedisScript;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#push = defineScript(redis, "mcpgwPushPolicy", new URL("./push.lua", import.meta.url));
  }

  /** 0: none was pushed. */
  async latest(): Promise<number> {
    return Number((await this.#redis.get(redisKeys.policyLatest)) ?? 0);
  }

  async info(version: number): Promise<PolicyVersionInfo | undefined> {
    const [digest, author, message, pushedAtMs] = await this.#redis.hmget(
      redisKeys.policyVersion(version),
      "digest",
      "author",
      "message",
      "pushedAtMs",
    );
    if (!digest) return undefined;
    return {
      version,
      digest,
      author: author ?? "",
      message: message ?? "",
      pushedAtMs: Number(pushedAtMs),
    };
  }

  async get(version: number): Promise<{ info: PolicyVersionInfo; policy: Policy } | undefined> {
    const key = redisKeys.policyVersion(version);
    const [info, binary] = await Promise.all([
      this.info(version),
      this.#redis.hgetBuffer(key, "policy"),
    ]);
    return info && binary ? { info, policy: fromBinary(PolicySchema, binary) } : undefined;
  }

  /** Newest first. */
  async list(limit: number): Promise<PolicyVersionInfo[]> {
    const latest = await this.latest();
    const versions = Array.from({ length: Math.min(limit, latest) }, (_, index) => latest - index);
    const infos = await Promise.all(versions.map((version) => this.info(version)));
    return infos.filter((info) => info !== undefined);
  }

  /** Undefined: another version was pushed since `after`. */
  async push(push: PolicyPush): Promise<PolicyVersionInfo | undefined> {
    const { after, digest, author, message } = push;
    const version = after + 1;
    const reply = await this.#push(
      [redisKeys.policyLatest, redisKeys.policyVersion(version), redisKeys.policyChannel],
      [after, push.policy, digest, author, message],
    );
    const [outcome, pushedAtMs] = reply as [string, string];
    if (outcome !== "accepted") return undefined;
    return { version, digest, author, message, pushedAtMs: Number(pushedAtMs) };
  }
}
