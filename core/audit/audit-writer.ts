import type { Redis } from "ioredis";
import { redisKeys } from "../redis/keys.ts";
import type { AuditEntry } from "./record.ts";
import { type ChainedRecord, RecordChain } from "./record-chain.ts";
import { streamFieldsOf } from "./stream-entry.ts";

export interface AuditWriterOptions {
  /** A connection for purpose "durable": its deadline is the writer's. */
  readonly redis: Redis;
  /** Names this process among all that write. */
  readonly producer: string;
  readonly now?: () => number;
}

interface Waiting {
  readonly record: ChainedRecord;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** Beyond this many records on their way, Redis is too slow to wait for and memory must not pay for it. */
const maxInFlight = 10_000;

/** Writes audit records to the stream. */
export class AuditWriter {
  readonly #redis: Redis;
  readonly #chain: RecordChain;
  #batch: Waiting[] = [];
  #inFlight = 0;

  constructor({ redis, ...chain }: AuditWriterOptions) {
    this.#redis = redis;
    this.#chain = new RecordChain(chain);
  }

  /**
   * Resolves when Redis has the record; rejects when it does not take it within the connection's deadline.
   * A rejected record may still have arrived: its reply can be what was lost.
   */
  write(entry: AuditEntry): Promise<void> {
    return this.writeRecord(this.complete(entry));
  }

  /** Adds who writes it and when. A record that is written again after a failure stays the same one. */
  complete(entry: AuditEntry): ChainedRecord {
    return this.#chain.add(entry);
  }

  /** Like {@link write}, for a record that is complete. */
  writeRecord(record: ChainedRecord): Promise<void> {
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
      pipeline.xadd(redisKeys.auditStream, "*", ...streamFieldsOf(record));
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
