import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import { type Freeze, FreezeSchema, FrozenKind } from "../../proto/gen/mcpgateway/v1/config_pb.ts";

/** What is frozen, or is to be. */
export interface Frozen {
  readonly kind: FrozenKind;
  /** Empty for everything. */
  readonly name: string;
}

interface FreezeRecord extends Frozen {
  readonly reason: string;
  readonly by: string;
  readonly atMs: number;
}

/** What operators have frozen, in Redis. */
export class FreezeStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** In one order always. What cannot be read counts as everything: it was written to stop something. */
  async list(): Promise<Freeze[]> {
    const stored = await this.#redis.hgetall(redisKeys.freezes);
    return Object.entries(stored)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, json]) => parse(json));
  }

  async set(record: FreezeRecord): Promise<void> {
    const field = fieldOf(record);
    await this.#change((commands) =>
      commands.hset(redisKeys.freezes, field, JSON.stringify(record)),
    );
  }

  /** Says whether it was frozen. */
  async remove(frozen: Frozen): Promise<boolean> {
    const removed = await this.#change((commands) =>
      commands.hdel(redisKeys.freezes, fieldOf(frozen)),
    );
    return removed === 1;
  }

  async #change(change: (commands: ReturnType<Redis["multi"]>) => unknown): Promise<unknown> {
    const commands = this.#redis.multi();
    change(commands);
    commands.publish(redisKeys.freezesChannel, "changed");
    const results = await commands.exec();
    const [error, value] = results?.[0] ?? [new Error("Redis gave up changing what is frozen")];
    if (error) throw error;
    return value;
  }
}

function fieldOf({ kind, name }: Frozen): string {
  return `${kind}:${name}`;
}

function parse(json: string): Freeze {
  try {
    const { kind, name, reason, by, atMs } = JSON.parse(json) as FreezeRecord;
    return create(FreezeSchema, { kind, name, reason, by, at: timestampFromMs(atMs) });
  } catch {
    const reason = "what is frozen cannot be read from Redis";
    return create(FreezeSchema, { kind: FrozenKind.EVERYTHING, reason });
  }
}
