import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import { defineScript, type RedisScript } from "../redis-script.ts";
import type { Batch, Delivery, DeliveryState, NoticeKind } from "./delivery.ts";

/** A message that is wanted. */
export interface Wanted {
  readonly kind: NoticeKind;
  readonly notifier: string;
  /** The entry of the policy's `approvals`. */
  readonly entry: string;
  /** 0: it waits for no other. */
  readonly gatherForMs: number;
}

export type GatherResult =
  /** It was sent, dropped or given up before. */
  | { readonly kind: "told" }
  | { readonly kind: "waits"; readonly batch: Batch; readonly dueInMs: number };

export type TakeResult =
  | { readonly kind: "too-early"; readonly remainingMs: number }
  | { readonly kind: "taken"; readonly ids: readonly string[] };

export interface Fate {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly detail?: string;
}

/** Longer than an approval may wait and is kept. */
const keepMs = 38 * 24 * 60 * 60_000;
/** The first of a storm waits so long for the rest of it. */
const settleMs = 2_000;

/** Which messages are wanted, gathered and sent, in Redis: the same for every control plane. */
export class DeliveryStore {
  readonly #redis: Redis;
  readonly #gather: RedisScript;
  readonly #take: RedisScript;

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#gather = defineScript(
      redis,
      "mcpgwGatherNotice",
      new URL("./gather.lua", import.meta.url),
    );
    this.#take = defineScript(redis, "mcpgwTakeNotices", new URL("./take.lua", import.meta.url));
  }

  /** Puts the approval into the batch that fills now. Asking again changes nothing. */
  async gather(id: string, wanted: Wanted): Promise<GatherResult> {
    const { kind, notifier, entry, gatherForMs } = wanted;
    // "~" is in no name.
    const group = [notifier, entry, kind, ...(gatherForMs === 0 ? [id] : [])].join("~");
    const [word, number, dueInMs] = (await this.#gather(
      [redisKeys.approvalDeliveries(id), redisKeys.noticeGather(group)],
      [
        `${kind}~${notifier}`,
        id,
        redisKeys.noticeBatch(group, ""),
        Math.min(gatherForMs, settleMs),
        keepMs,
      ],
    )) as [string, string, number];
    if (word === "told") return { kind: "told" };
    return { kind: "waits", batch: { notifier, kind, group, number }, dueInMs };
  }

  /** Closes the batch. The next one of its group is due `gatherForMs` later at the earliest. */
  async take({ group, number }: Batch, gatherForMs: number): Promise<TakeResult> {
    const [word, ...rest] = (await this.#take(
      [redisKeys.noticeGather(group), redisKeys.noticeBatch(group, number)],
      [number, gatherForMs],
    )) as [string, ...(string | number)[]];
    if (word === "too-early") return { kind: word, remainingMs: Number(rest[0]) };
    return { kind: "taken", ids: rest.map(String) };
  }

  async mark(
    { kind, notifier, number }: Batch,
    ids: readonly string[],
    { state, attempts, detail = "" }: Fate,
  ): Promise<void> {
    const value = `${state} ${Date.now()} ${attempts} ${number} ${detail}`;
    const pipeline = this.#redis.pipeline();
    for (const id of ids) {
      pipeline.hset(redisKeys.approvalDeliveries(id), `${kind}~${notifier}`, value);
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  /** Oldest first. */
  async of(id: string): Promise<Delivery[]> {
    const fields = await this.#redis.hgetall(redisKeys.approvalDeliveries(id));
    return Object.entries(fields)
      .flatMap(([field, value]) => parseDelivery(field, value) ?? [])
      .sort((one, other) => one.at - other.at);
  }

  /** Milliseconds since 1970 by Redis's clock. */
  async now(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }

  /** Unfinished approvals that were not planned under this version of the policy. Forgets the planned ones that ended. */
  async unplanned(version: number): Promise<string[]> {
    const [unfinished, planned] = await Promise.all([
      this.#redis.zrevrange(redisKeys.approvalsPending, 0, -1),
      this.#redis.zrevrange(redisKeys.approvalsPlanned, 0, -1, "WITHSCORES"),
    ]);
    const versions = new Map<string, number>();
    for (let index = 0; index < planned.length; index += 2) {
      versions.set(planned[index] ?? "", Number(planned[index + 1]));
    }
    const open = new Set(unfinished);
    const ended = [...versions.keys()].filter((id) => !open.has(id));
    if (ended.length > 0) await this.#redis.zrem(redisKeys.approvalsPlanned, ...ended);
    return unfinished.filter((id) => versions.get(id) !== version);
  }

  async notePlanned(id: string, version: number): Promise<void> {
    await this.#redis.zadd(redisKeys.approvalsPlanned, version, id);
  }
}

function parseDelivery(field: string, value: string): Delivery | undefined {
  const [kind, notifier] = field.split("~") as [NoticeKind, string];
  const [, state, at, attempts, detail = ""] = /^(\S+) (\d+) (\d+) \S+ ?(.*)$/s.exec(value) ?? [];
  if (!state) return undefined;
  return {
    kind,
    notifier,
    state: state as DeliveryState,
    at: Number(at),
    attempts: Number(attempts),
    detail,
  };
}
