import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { AuditRecord } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { toShownRecord } from "./shown-record.ts";

export interface AuditFilter {
  /** Empty: all. */
  readonly agent: string;
  readonly callId: string;
}

/** A stretch of the stream. */
export interface AuditPage {
  /** Oldest first. */
  readonly records: readonly AuditRecord[];
  /** Where the stretch ends: reading goes on after it. */
  readonly lastEntry: string;
}

type Entry = readonly [entryId: string, fields: readonly string[]];

const pageSize = 500;
const blockMs = 1_000;

/** Reads the audit stream for one reader. */
export class AuditReader {
  readonly #redis: Redis;
  readonly #filter: AuditFilter;

  constructor(redis: Redis, filter: AuditFilter) {
    this.#redis = redis;
    this.#filter = filter;
  }

  /** The newest `count` records that match, however far back. */
  async last(count: number): Promise<AuditPage> {
    const newest = await this.#redis.xrevrange(redisKeys.auditStream, "+", "-", "COUNT", 1);
    const lastEntry = newest[0]?.[0] ?? "0-0";
    const found: AuditRecord[] = [];
    for (let end = lastEntry; found.length < count; ) {
      const page = await this.#redis.xrevrange(redisKeys.auditStream, end, "-", "COUNT", pageSize);
      found.push(...this.#parse(page).slice(0, count - found.length));
      const oldest = page.at(-1)?.[0];
      if (page.length < pageSize || !oldest) break;
      end = `(${oldest}`;
    }
    return { records: found.reverse(), lastEntry };
  }

  /** What came after `lastEntry`; waits a moment for it. Needs a connection of its own. */
  async after(lastEntry: string): Promise<AuditPage> {
    const reply = await this.#redis.xread(
      "COUNT",
      pageSize,
      "BLOCK",
      blockMs,
      "STREAMS",
      redisKeys.auditStream,
      lastEntry,
    );
    const entries = reply?.[0]?.[1] ?? [];
    return { records: this.#parse(entries), lastEntry: entries.at(-1)?.[0] ?? lastEntry };
  }

  #parse(entries: readonly Entry[]): AuditRecord[] {
    return entries.map((entry) => this.#parseEntry(entry)).filter((it) => it !== undefined);
  }

  #parseEntry([entryId, fields]: Entry): AuditRecord | undefined {
    const json = fields.find((_, index) => index % 2 === 1 && fields[index - 1] === "d");
    const { agent, callId } = this.#filter;
    // Most records of a long search are ruled out by their text, which is much quicker than parsing them.
    const words = [agent, callId].filter((it) => it !== "").map((it) => JSON.stringify(it));
    if (!words.every((word) => json?.includes(word.slice(1, -1)))) return undefined;
    const record = toShownRecord(entryId, json);
    const matches =
      (agent === "" || record.agent === agent) && (callId === "" || record.callId === callId);
    return matches ? record : undefined;
  }
}
