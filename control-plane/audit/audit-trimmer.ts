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
const maxCommands = 100;
const everything = "18446744073709551615-0";
const alarmAgainAfterMs = 600_000;
/** Of the most records: what a consumer group has not acknowledged, while there is time to mend it. */
const alarmAt = 0.8;

/**
 * Keeps the audit stream from filling Redis, from its beginning on, but never takes away what a consumer group has not
 * acknowledged: that raises an alarm instead. What it removes is counted, logged and recorded.
 */
export class AuditTrimmer {
  readonly #options: AuditTrimmerOptions;
  #unrecorded = 0;
  #alarmedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: AuditTrimmerOptions) {
    this.#options = options;
  }

  /** Removes the oldest records beyond the maximum. Redis does so in nodes of about a hundred. */
  async trim(): Promise<void> {
    const { redis, maxRecords, maxAgeMs = 0, now = Date.now } = this.#options;
    const backlog = await findBacklog(redis);
    const floor = backlog?.firstEntry ?? everything;
    const length = await redis.xlen(redisKeys.auditStream);
    await this.#trimBelow(floor, length - maxRecords);
    if (maxAgeMs > 0) await this.#trimBelow(older(floor, `${now() - maxAgeMs}-0`), length);
    if (this.#unrecorded > 0) await this.#record();

    const left = await redis.xlen(redisKeys.auditStream);
    const isTooLong = left > maxRecords + maxPerCommand / 100;
    const isFilling = (backlog?.waiting ?? 0) > alarmAt * maxRecords;
    if (backlog && (isTooLong || isFilling)) await this.#alarm(backlog, left);
    else this.#alarmedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** At most so many of the oldest, none of them at or after the entry. */
  async #trimBelow(entry: string, count: number): Promise<void> {
    const { redis } = this.#options;
    let left = count;
    for (let command = 0; command < maxCommands && left > 0; command += 1) {
      const limit = Math.min(left, maxPerCommand);
      const removed = await redis.xtrim(redisKeys.auditStream, "MINID", "~", entry, "LIMIT", limit);
      if (removed === 0) return;
      this.#unrecorded += removed;
      left -= removed;
    }
  }

  /** The count stays until its record is written. */
  async #record(): Promise<void> {
    const { redis, audit, log, maxRecords } = this.#options;
    const removed = this.#unrecorded;
    log.warn(
      { removed, maxRecords },
      "the audit stream was trimmed: export records sooner, or raise MCPGW_AUDIT_MAX_RECORDS",
    );
    const [[firstEntry] = []] = await redis.xrange(redisKeys.auditStream, "-", "+", "COUNT", 1);
    const details = {
      removed: String(removed),
      maxRecords: String(maxRecords),
      ...(firstEntry !== undefined && { firstEntry }),
    };
    await audit.write({ event: "audit.trimmed", details });
    this.#unrecorded -= removed;
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

function older(one: string, other: string): string {
  return isBefore(one, other) ? one : other;
}
