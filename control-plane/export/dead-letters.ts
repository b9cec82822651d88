import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import { defineScript, type RedisScript } from "../redis-script.ts";
import { type StreamEntry, toStreamEntry } from "./stream-entry.ts";

/** A record that the sink refuses. */
export interface DeadLetter {
  readonly entryId: string;
  readonly id: string;
  readonly text: string;
  readonly reason: string;
}

/** One that is kept. */
export interface KeptLetter extends DeadLetter {
  /** Its place among the dead letters, which begins with the time in ms. */
  readonly key: string;
}

const maxReasonLength = 1_000;
const perScript = 100;

/** Keeps what a sink refuses for good, in a stream of the exporter's own, until somebody looks; and what is to be sent again, in another. */
export class DeadLetters {
  readonly #redis: Redis;
  readonly #dead: string;
  readonly #retry: string;
  readonly #move: RedisScript;

  /** Wants a connection for purpose "durable". */
  constructor(redis: Redis, group: string) {
    this.#redis = redis;
    this.#dead = redisKeys.auditExportDead(group);
    this.#retry = redisKeys.auditExportRetry(group);
    const script = new URL("./move-dead-letters.lua", import.meta.url);
    this.#move = defineScript(redis, "mcpgwMoveDeadLetters", script);
  }

  /** Rejects when there are so many already: then the drain stands still rather than lose a record. */
  async add({ entryId, id, text, reason }: DeadLetter, max: number): Promise<void> {
    if ((await this.#redis.xlen(this.#dead)) >= max) {
      throw new Error(
        `there are ${max} dead letters in ${this.#dead}, and no room for more: ` +
          "`mcpctl audit dead-letters` shows why the sink refuses them, sends them again and drops them",
      );
    }
    const why = reason.slice(0, maxReasonLength).toWellFormed();
    await this.#redis.xadd(this.#dead, "*", "entry", entryId, "id", id, "reason", why, "d", text);
  }

  count(): Promise<number> {
    return this.#redis.xlen(this.#dead);
  }

  /** The oldest, or those after one of them. */
  async list(after: string, count: number): Promise<KeptLetter[]> {
    const from = after === "" ? "-" : `(${after}`;
    const entries = await this.#redis.xrange(this.#dead, from, "+", "COUNT", count);
    return entries.map(([key, fields]) => ({ key, ...toLetter(fields) }));
  }

  async find(key: string): Promise<KeptLetter | undefined> {
    const [entry] = await this.#redis.xrange(this.#dead, key, key);
    return entry && { key: entry[0], ...toLetter(entry[1]) };
  }

  /** Gives these to the exporter again. Resolves to those that were there. */
  retry(keys: readonly string[]): Promise<string[]> {
    return this.#take(keys, [this.#dead, this.#retry]);
  }

  /** Forgets these. Resolves to those that were there. */
  drop(keys: readonly string[]): Promise<string[]> {
    return this.#take(keys, [this.#dead]);
  }

  countRetrying(): Promise<number> {
    return this.#redis.xlen(this.#retry);
  }

  /** The oldest of what is to be sent again, by its place there. */
  async toRetry(count: number): Promise<readonly (readonly [key: string, entry: StreamEntry])[]> {
    const entries = await this.#redis.xrange(this.#retry, "-", "+", "COUNT", count);
    return entries.map(([key, fields]) => {
      const { entryId, text } = toLetter(fields);
      return [key, toStreamEntry([entryId, ["d", text]])] as const;
    });
  }

  /** These were sent again, or refused again. */
  async retried(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.#redis.xdel(this.#retry, ...keys);
  }

  async #take(keys: readonly string[], streams: readonly string[]): Promise<string[]> {
    const taken: string[] = [];
    for (let from = 0; from < keys.length; from += perScript) {
      const some = keys.slice(from, from + perScript);
      taken.push(...((await this.#move(streams, some)) as string[]));
    }
    return taken;
  }
}

function toLetter(fields: readonly string[]): DeadLetter {
  const at = (name: string) => {
    const index = fields.findIndex((field, place) => place % 2 === 0 && field === name);
    return index < 0 ? "" : (fields[index + 1] ?? "");
  };
  return { entryId: at("entry"), id: at("id"), reason: at("reason"), text: at("d") };
}
