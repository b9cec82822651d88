import type { Redis } from "ioredis";
import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";

export interface AuditTrimmerOptions {
  readonly redis: Redis;
  readonly audit: Pick<AuditTrail, "write">;
  readonly log: Logger;
  readonly maxRecords: number;
}

/** Removed by one command: Redis serves nobody meanwhile. */
const maxPerCommand = 10_000;

/** Keeps the audit stream from filling Redis. What it removes is counted, logged and recorded. */
export class AuditTrimmer {
  readonly #options: AuditTrimmerOptions;
  #unrecorded = 0;

  constructor(options: AuditTrimmerOptions) {
    this.#options = options;
  }

  /** Removes the oldest records beyond the maximum. Redis does so in nodes of about a hundred. */
  async trim(): Promise<void> {
    const { redis, maxRecords } = this.#options;
    const limit = maxPerCommand;
    for (;;) {
      const key = redisKeys.auditStream;
      const removed = await redis.xtrim(key, "MAXLEN", "~", maxRecords, "LIMIT", limit);
      this.#unrecorded += removed;
      if (removed < maxPerCommand / 2) break;
    }
    if (this.#unrecorded > 0) await this.#record();
  }

  /** The count stays until its record is written. */
  async #record(): Promise<void> {
    const { audit, log, maxRecords } = this.#options;
    const removed = this.#unrecorded;
    log.warn(
      { removed, maxRecords },
      "the audit stream was trimmed: export records sooner, or raise MCPGW_AUDIT_MAX_RECORDS",
    );
    const details = { removed: String(removed), maxRecords: String(maxRecords) };
    await audit.write({ event: "audit.trimmed", details });
    this.#unrecorded -= removed;
  }
}
