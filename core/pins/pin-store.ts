import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { redisKeys } from "../redis/keys.ts";
import { type DefinitionKind, type DefinitionName, keyOf } from "./definition-kind.ts";
import type { PinRecord } from "./pin-record.ts";

interface PinScripts {
  mcpgwReplacePins(...keysAndArguments: (string | number)[]): Promise<string>;
}

/** What one change makes of some definitions of a server. */
export interface PinChange {
  /** New records. All others stay as they are. */
  readonly records: readonly PinRecord[];
  /** Canonical definitions by digest. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface ServerRecords {
  /** 0: there are none. */
  readonly revision: number;
  readonly records: readonly PinRecord[];
}

/** A server has more, or longer, definitions than are remembered. */
export class PinsFull extends Error {
  override readonly name = "PinsFull";
}

/** More of one server are not remembered. What lists of resources bring, which have no end, leaves room for the rest. */
const maxRecords: Readonly<Record<DefinitionKind, number>> = {
  resource: 5_000,
  tool: 10_000,
  prompt: 10_000,
  template: 10_000,
  instructions: 10_100,
  server: 10_100,
};
/** Of all texts of one server. */
const maxBytes = 32 * 1024 * 1024;
/** Of one definition, in characters; what is behind it is pinned, but not shown. */
export const maxTextLength = 64 * 1024;
const maxAttempts = 20;
const script = readFileSync(new URL("./replace-pins.lua", import.meta.url), "utf8");

/** The pins in Redis. Both planes write them: proxies what they saw, the control plane what operators decided. */
export class PinStore {
  readonly #redis: Redis & PinScripts;

  constructor(redis: Redis) {
    redis.defineCommand("mcpgwReplacePins", { lua: script, numberOfKeys: 4 });
    this.#redis = redis as Redis & PinScripts;
  }

  /** By server. */
  async revisions(): Promise<ReadonlyMap<string, number>> {
    const all = await this.#redis.hgetall(redisKeys.pinRevisions);
    return new Map(Object.entries(all).map(([server, revision]) => [server, Number(revision)]));
  }

  /** All of one server as it was at one moment, by kind and name. */
  async read(server: string): Promise<ServerRecords> {
    const results = await this.#redis
      .multi()
      .hget(redisKeys.pinRevisions, server)
      .hvals(redisKeys.pins(server))
      .exec();
    if (!results) throw new Error("Redis gave up reading the pins");
    const [revision, records] = results.map(([error, value]) => {
      if (error) throw error;
      return value;
    }) as [string | null, string[]];
    const byName = records.map(parse).sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    return { revision: Number(revision ?? 0), records: byName };
  }

  async get(server: string, name: DefinitionName): Promise<PinRecord | undefined> {
    const record = await this.#redis.hget(redisKeys.pins(server), keyOf(name));
    return record === null ? undefined : parse(record);
  }

  /** The canonical definitions that are kept, by digest. */
  async texts(server: string, digests: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (digests.length === 0) return new Map();
    const found = await this.#redis.hmget(redisKeys.pinTexts(server), ...digests);
    return new Map(
      digests.flatMap((digest, index) => {
        const text = found[index];
        return typeof text === "string" ? [[digest, text] as const] : [];
      }),
    );
  }

  /**
   * Changes some records of a server together, by {@link keyOf}. `change` runs again when another writer came between; what it throws
   * changes nothing. Resolves to all named records as they are now. Rejects with {@link PinsFull}.
   */
  async change(
    server: string,
    names: readonly DefinitionName[],
    change: (before: ReadonlyMap<string, PinRecord>) => PinChange,
  ): Promise<readonly PinRecord[]> {
    const distinct = [...new Set(names.map(keyOf))];
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const raw = await this.#redis.hmget(redisKeys.pins(server), ...distinct);
      const read = new Map(distinct.flatMap((name, at) => (raw[at] ? [[name, raw[at]]] : [])));
      const before = new Map([...read].map(([name, record]) => [name, parse(record)]));
      const made = change(before);
      if (made.records.length === 0) return [...before.values()];
      const answer = await this.#replace(server, read, { before, ...made });
      if (answer === "full")
        throw new PinsFull(`${server} has more definitions than are remembered`);
      if (answer === "conflict") continue;
      for (const record of made.records) before.set(keyOf(record), record);
      return [...before.values()];
    }
    throw new Error(`the pins of ${server} changed ${maxAttempts} times while they were written`);
  }

  #replace(
    server: string,
    read: ReadonlyMap<string, string>,
    { before, records, texts }: PinChange & { readonly before: ReadonlyMap<string, PinRecord> },
  ): Promise<string> {
    const kept = [...texts].flatMap(([digest, text]) => [digest, text.slice(0, maxTextLength)]);
    return this.#redis.mcpgwReplacePins(
      redisKeys.pins(server),
      redisKeys.pinTexts(server),
      redisKeys.pinRevisions,
      redisKeys.pinsChannel,
      server,
      Math.min(...records.map(({ kind }) => maxRecords[kind])),
      maxBytes,
      records.length,
      ...records.flatMap((it) => [keyOf(it), read.get(keyOf(it)) ?? "", JSON.stringify(it)]),
      ...kept,
      ...droppedIn(records, before).flatMap((digest) => [digest, ""]),
    );
  }
}

/** Definitions that nothing has any more. Another tool has others: its name is part of it. */
function droppedIn(records: readonly PinRecord[], before: ReadonlyMap<string, PinRecord>) {
  return records.flatMap((record) => {
    const kept = new Set(record.variants.map(({ digest }) => digest));
    const had = before.get(keyOf(record))?.variants ?? [];
    return had.map(({ digest }) => digest).filter((digest) => !kept.has(digest));
  });
}

function parse(record: string): PinRecord {
  return JSON.parse(record) as PinRecord;
}
