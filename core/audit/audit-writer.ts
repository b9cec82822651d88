import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { redisKeys } from "../redis/keys.ts";
import type { AuditEntry, AuditRecord } from "./record.ts";
import { RecordIds } from "./record-id.ts";

export interface AuditWriterOptions {
  /** A connection for purpose "durable": its deadline is the writer's. */
  readonly redis: Redis;
  /** Names this process among all that write. */
  readonly producer: string;
  readonly now?: () => number;
}

interface Waiting {
  readonly record: AuditRecord;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** Beyond this many records on their way, Redis is too slow to wait for and memory must not pay for it. */
const maxInFlight = 10_000;

/** Writes audit records to the stream. */
export class AuditWriter {
  readonly #redis: Redis;
  readonly #producer: string;
  readonly #now: () => number;
  readonly #ids = new RecordIds();
  readonly #bootId = randomUUID();
  #sequence = 0;
  #batch: Waiting[] = [];
  #inFlight = 0;

  constructor(options: AuditWriterOptions) {
    this.#redis = options.redis;
    this.#producer = options.producer;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Resolves when Redis has the record; rejects when it does not take it within the connection's deadline.
   * A rejected record may still have arrived: its reply can be what was lost.
   */
  write(entry: AuditEntry): Promise<void> {
    return this.writeRecord(this.complete(entry));
  }

  /** Adds who writes it and when. A record that is written again after a failure stays the same one. */
  complete(entry: AuditEntry): AuditRecord {
    const nowMs = this.#now();
    // The proto's sequence has 32 bits; after 4 billion records it starts over.
    this.#sequence = (this.#sequence + 1) >>> 0;
    return {
      id: this.#ids.next(nowMs),
      time: new Date(nowMs).toISOString(),
      producer: this.#producer,
      bootId: this.#bootId,
      sequence: this.#sequence,
      ...entry,
    };
  }

  /** Like {@link write}, for a record that is complete. */
  writeRecord(record: AuditRecord): Promise<void> {
    if (this.#inFlight >= maxInFlight) {
      return Promise.reject(
        new Error(`the audit stream is behind: ${maxInFlight} records wait for Redis`),
      );
    }
    this.#inFlight += 1;
    return new Promise<void>((resolve, reject) => {
      this.#batch.push({ record, resolve, reject });
      if (this.#batch.length === 1) setImmediate(() => void this.#flush());
    }).finally(() => {
      this.#inFlight -= 1;
    });
  }

  /** Records of one turn of the event loop travel together: one write to the socket instead of many. */
  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    const pipeline = this.#redis.pipeline();
    for (const { record } of batch) {
      pipeline.xadd(redisKeys.auditStream, "*", "id", record.id, "d", JSON.stringify(record));
    }
    const results = await pipeline
      .exec()
      .catch((cause: Error) => batch.map(() => [cause] as const));
    for (const [index, { record, resolve, reject }] of batch.entries()) {
      const error = results?.[index]?.[0];
      const message = `audit record ${record.id} (${record.event}) was not written to Redis`;
      if (results && !error) resolve();
      else reject(new Error(message, { cause: error ?? undefined }));
    }
  }
}
