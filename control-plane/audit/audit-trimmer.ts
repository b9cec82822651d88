import type { Redis } from "ioredis";
import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import { isBefore } from "../../core/audit/stream-entry.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import { type Backlog, findBacklog } from "./backlog.ts";

export interface AuditTrimmerOptions {
  readonly redis: Redis;
  readonly audit: Pick<AuditTrail, "write">;
  readonly log: Logger;
  readonly maxRecords: number;
  /** Older records go, too. 0: age does not matter. */
  readonly maxAgeMs?: number;
  readonly now?: () => number;
}

/** Removed by one command: Redis serves nobody meanwhile. */
const maxPerCommand = 10_000;
/** Looked at, and removed, in one round at most. */
const maxPerRound = 200_000;
const pageSize = 1_000;
/** Redis removes whole nodes of a few records: for fewer than this a round would remove nothing. */
const minPerRound = 10;
const alarmAgainAfterMs = 600_000;
/** Of the most records: what a consumer group has not acknowledged, while there is time to mend it. */
const alarmAt = 0.8;

/**
 * Keeps the audit stream from filling Redis, from its beginning on, but never takes away what a consumer group has not
 * acknowledged: that raises an alarm instead. What it removes is counted, logged and recorded.
 */
export class AuditTrimmer {
  readonly #options: AuditTrimmerOptions;
  #atLeast = minPerRound;
  #alarmedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: AuditTrimmerOptions) {
    this.#options = options;
  }

  /** Removes the oldest records beyond the maximum. Redis does so in nodes of at most a hundred. */
  async trim(): Promise<void> {
    const { redis, maxRecords } = this.#options;
    const backlog = await findBacklog(redis);
    const length = await redis.xlen(redisKeys.auditStream);
    const upTo = await this.#findEnd(length - maxRecords, backlog?.firstEntry);
    if (upTo !== undefined) await this.#trimBelow(upTo);

    const left = await redis.xlen(redisKeys.auditStream);
    const isTooLong = left > maxRecords + maxPerCommand / 100;
    const isFilling = (backlog?.waiting ?? 0) > alarmAt * maxRecords;
    if (backlog && (isTooLong || isFilling)) await this.#alarm(backlog, left);
    else this.#alarmedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** The entry before which all may go: too many, or too old, and none at or after `floor`. Undefined: nothing may. */
  async #findEnd(tooMany: number, floor: string | undefined): Promise<string | undefined> {
    const { redis, maxAgeMs = 0, now = Date.now } = this.#options;
    if (tooMany < this.#atLeast && maxAgeMs === 0) return undefined;
    const youngest = maxAgeMs > 0 ? `${Math.max(0, now() - maxAgeMs)}-0` : "0-0";
    let end: string | undefined;
    let seen = 0;
    for await (const entry of entriesOf(redis)) {
      end = entry;
      const mayGo = seen < tooMany || isBefore(entry, youngest);
      const isHeld = floor !== undefined && !isBefore(entry, floor);
      if (!mayGo || isHeld) break;
      seen += 1;
    }
    return seen < this.#atLeast ? undefined : end;
  }

  /**
   * Records what will go before it goes, and afterwards what has gone: whoever verifies meanwhile, or after this process died in
   * between, can tell it from a theft.
   */
  async #trimBelow(upTo: string): Promise<void> {
    const { redis, audit, log, maxRecords } = this.#options;
    const limits = { maxRecords: String(maxRecords) };
    await audit.write({ event: "audit.trimming", details: { ...limits, upTo } });
    let removed = 0;
    for (let last = -1; last !== 0; removed += last) {
      const key = redisKeys.auditStream;
      last = await redis.xtrim(key, "MINID", "~", upTo, "LIMIT", maxPerCommand);
    }
    // Nodes are larger than we thought: in vain with every round it would fill the stream itself.
    if (removed === 0) this.#atLeast = Math.min(4 * this.#atLeast, maxPerCommand);
    else {
      log.warn(
        { removed, maxRecords },
        "the audit stream was trimmed: export records sooner, or raise MCPGW_AUDIT_MAX_RECORDS",
      );
    }
    const [[firstEntry] = []] = await redis.xrange(redisKeys.auditStream, "-", "+", "COUNT", 1);
    const details = {
      removed: String(removed),
      ...limits,
      ...(firstEntry !== undefined && { firstEntry }),
    };
    await audit.write({ event: "audit.trimmed", details });
  }

  async #alarm({ group, waiting }: Backlog, records: number): Promise<void> {
    const { audit, log, maxRecords, now = Date.now } = this.#options;
    if (now() - this.#alarmedAtMs < alarmAgainAfterMs) return;
    this.#alarmedAtMs = now();
    log.error(
      { group, waiting, records, maxRecords },
      "the audit stream nears its maximum or is beyond it, since a consumer group has not acknowledged its records: see why that consumer is behind; Redis refuses records, and then calls, when its memory is full",
    );
    const details = {
      group,
      waiting: String(waiting),
      records: String(records),
      maxRecords: String(maxRecords),
    };
    await audit.write({ event: "audit.backlog", details });
  }
}

/** The ids of the oldest entries. */
async function* entriesOf(redis: Redis): AsyncGenerator<string> {
  let start = "-";
  for (let pages = 0; pages < maxPerRound / pageSize; pages += 1) {
    const page = await redis.xrange(redisKeys.auditStream, start, "+", "COUNT", pageSize);
    for (const [entry] of page) {
      yield entry;
      start = `(${entry}`;
    }
    if (page.length < pageSize) return;
  }
}
