import type { AuditWriter } from "../../core/audit/audit-writer.ts";
import type { ChainedRecord } from "../../core/audit/record-chain.ts";
import { Backoff } from "../../core/service/backoff.ts";
import type { Logger } from "../../core/service/log.ts";

const maxKept = 10_000;
const maxKeptLength = 64 * 1024 * 1024;

/** Keeps records that Redis did not take and tries them again, oldest first. What does not fit is counted. */
export class RecordRetry {
  readonly #writer: Pick<AuditWriter, "writeRecord">;
  readonly #log: Logger;
  readonly #kept: { readonly record: ChainedRecord; readonly length: number }[] = [];
  #keptLength = 0;
  readonly #backoff = new Backoff({ firstMs: 100, maxMs: 1_000 });
  #timer: NodeJS.Timeout | undefined;
  #lost = 0;
  #isClosed = false;

  constructor(writer: Pick<AuditWriter, "writeRecord">, log: Logger) {
    this.#writer = writer;
    this.#log = log;
  }

  /** Whether Redis did not take a record and has taken none since: waiting for it once more would only cost time. */
  get isBehind(): boolean {
    return this.#kept.length > 0;
  }

  add(record: ChainedRecord, cause?: unknown): void {
    const { length } = record.text;
    if (
      this.#isClosed ||
      this.#kept.length >= maxKept ||
      this.#keptLength + length > maxKeptLength
    ) {
      this.#lost += 1;
      // The log is the last place where the loss itself can be recorded.
      this.#log.error(
        { lost: this.#lost, record: record.id, event: record.event },
        "an audit record was lost",
      );
      return;
    }
    if (this.#kept.length === 0) this.#log.error({ err: cause }, "audit records wait for Redis");
    this.#kept.push({ record, length });
    this.#keptLength += length;
    this.#schedule();
  }

  /** One last try, then counts what is lost. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#flush();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.#kept.length > 0) {
      this.#log.error({ lost: this.#kept.length }, "audit records were lost at the end");
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.#flush(), this.#backoff.nextMs());
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    while (this.#kept.length > 0) {
      const [oldest] = this.#kept;
      if (!oldest) return;
      try {
        await this.#writer.writeRecord(oldest.record);
      } catch {
        this.#schedule();
        return;
      }
      this.#kept.shift();
      this.#keptLength -= oldest.length;
    }
    this.#backoff.reset();
  }
}
