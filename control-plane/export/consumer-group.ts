import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import { defineScript, type RedisScript } from "../redis-script.ts";
import { type StreamEntry, toStreamEntry } from "./stream-entry.ts";

export interface ConsumerGroupOptions {
  /** For purpose "durable", and nothing else's: reading blocks it. */
  readonly reading: Redis;
  /** For purpose "durable". */
  readonly redis: Redis;
  readonly group: string;
  /** The same after each start: what it had not acknowledged stays its own. */
  readonly consumer: string;
}

/** What was handed out before and not acknowledged. */
export interface ClaimedPage {
  readonly entries: readonly StreamEntry[];
  /** Where to go on; "0-0" at the end. */
  readonly cursor: string;
  /** Entries that were removed from the stream before anybody acknowledged them. */
  readonly lost: readonly string[];
}

/** How far the group is behind. */
export interface GroupLag {
  /** Not acknowledged yet. Undefined where Redis cannot tell. */
  readonly entries: number | undefined;
  /** When the oldest of them came, in ms; undefined when there is none. */
  readonly oldestAtMs: number | undefined;
}

type Reply = readonly [string, readonly string[] | null];

const key = redisKeys.auditStream;

/** One consumer of a group of the audit stream. Everything rejects when Redis is away. */
export class ConsumerGroup {
  readonly #options: ConsumerGroupOptions;
  readonly #forgetIdle: RedisScript;

  constructor(options: ConsumerGroupOptions) {
    this.#options = options;
    const script = new URL("./forget-consumers.lua", import.meta.url);
    this.#forgetIdle = defineScript(options.redis, "mcpgwForgetConsumers", script);
  }

  /** Makes the group, from the beginning of the stream, unless there is one. */
  async ensure(): Promise<void> {
    const { redis, group } = this.#options;
    try {
      await redis.xgroup("CREATE", key, group, "0", "MKSTREAM");
    } catch (error) {
      if (!String(error).includes("BUSYGROUP")) throw error;
    }
  }

  /** Takes over what any consumer of the group was given and did not acknowledge, in the stream's order. */
  async claim(cursor: string, count: number): Promise<ClaimedPage> {
    const { redis, group, consumer } = this.#options;
    const reply = await redis.xautoclaim(key, group, consumer, 0, cursor, "COUNT", count);
    const [next, replies, removed] = reply as [string, (Reply | null)[], string[] | undefined];
    return {
      entries: toEntries(replies.filter((it) => it !== null)),
      cursor: next,
      lost: removed ?? [],
    };
  }

  /** What nobody was given yet; waits a moment for it. */
  async read(count: number, blockMs: number): Promise<readonly StreamEntry[]> {
    const { reading, group, consumer } = this.#options;
    const reply = await reading.xreadgroup(
      "GROUP",
      group,
      consumer,
      "COUNT",
      count,
      "BLOCK",
      Math.max(1, Math.ceil(blockMs)),
      "STREAMS",
      key,
      ">",
    );
    const [stream] = (reply ?? []) as [string, Reply[]][];
    return toEntries(stream?.[1] ?? []);
  }

  /** Says that the entries need not be given again, and notes in the same step where the chains stand. */
  async acknowledge(
    entryIds: readonly string[],
    positions: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { redis, group } = this.#options;
    const transaction = redis.multi();
    for (let from = 0; from < entryIds.length; from += 1_000) {
      transaction.xack(key, group, ...entryIds.slice(from, from + 1_000));
    }
    if (Object.keys(positions).length > 0) {
      transaction.hset(redisKeys.auditExportSeen(group), positions);
    }
    const results = await transaction.exec();
    const failure = results?.find(([error]) => error)?.[0];
    if (failure || !results) {
      throw new Error("exported records were not acknowledged", { cause: failure ?? undefined });
    }
  }

  /** Whether another consumer was given entries and did not acknowledge them. */
  async hasStranded(): Promise<boolean> {
    const { redis, group, consumer } = this.#options;
    const [, , , holders] = (await redis.xpending(key, group)) as [
      number,
      string | null,
      string | null,
      [string, string][] | null,
    ];
    return (holders ?? []).some(([name]) => name !== consumer);
  }

  /** Forgets other consumers that hold nothing and have long been idle: where containers come and go, each leaves its name. */
  async forgetOthers(idleMs: number): Promise<number> {
    const { group, consumer } = this.#options;
    return Number(await this.#forgetIdle([key], [group, consumer, idleMs]));
  }

  async lag(): Promise<GroupLag> {
    const { redis, group } = this.#options;
    const groups = (await redis.xinfo("GROUPS", key)) as unknown[][];
    const info = groups.map(toMap).find((it) => it.get("name") === group);
    if (!info) return { entries: undefined, oldestAtMs: undefined };
    const pending = Number(info.get("pending") ?? 0);
    const lag = info.get("lag");
    const entries = typeof lag === "number" ? lag + pending : undefined;
    const oldest = await this.#oldest(String(info.get("last-delivered-id")), pending);
    return { entries, oldestAtMs: oldest === undefined ? undefined : Number(oldest.split("-")[0]) };
  }

  async #oldest(lastDelivered: string, pending: number): Promise<string | undefined> {
    const { redis, group } = this.#options;
    if (pending > 0) {
      const [, smallest] = (await redis.xpending(key, group)) as [number, string | null];
      if (smallest) return smallest;
    }
    const [next] = await redis.xrange(key, `(${lastDelivered}`, "+", "COUNT", 1);
    return next?.[0];
  }
}

function toEntries(replies: readonly Reply[]): StreamEntry[] {
  // Removed from the stream after it was given: without fields.
  return replies.map(([entryId, fields]) => toStreamEntry([entryId, fields ?? []]));
}

function toMap(pairs: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let index = 0; index + 1 < pairs.length; index += 2) map.set(pairs[index], pairs[index + 1]);
  return map;
}
