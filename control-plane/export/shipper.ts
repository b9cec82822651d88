import { setTimeout as sleep } from "node:timers/promises";
import { type AuditFormat, renderRecord } from "../../core/audit/formats/format.ts";
import { Backoff } from "../../core/service/backoff.ts";
import type { Logger } from "../../core/service/log.ts";
import { type BatchSize, toBatches } from "./batches.ts";
import type { Gap } from "./chain-watch.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { toGapRecord } from "./gap-record.ts";
import type { ExportMetrics } from "./metrics.ts";
import { type OutgoingRecord, type RefusedRecord, type Sink, SinkFailure } from "./sinks/sink.ts";
import type { StreamEntry } from "./stream-entry.ts";

export interface ShipperOptions {
  readonly sink: Sink;
  readonly format: AuditFormat;
  readonly group: string;
  readonly size: BatchSize;
  readonly deadLetters: DeadLetters;
  readonly maxDeadLetters: number;
  readonly metrics: ExportMetrics;
  readonly log: Logger;
  /** Waits before another try. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A record with what is needed to keep it where the sink refuses it. */
interface Parcel extends OutgoingRecord {
  readonly entryId: string;
  readonly text: string;
}

const maxBackoffMs = 30_000;
/** A sink that has never taken anything may be one that is set up wrongly: its refusals are believed the tenth time. */
const refusalsBelieved = 10;

/** Brings records to the sink, in their order, until it has them. */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #backoff = new Backoff({ firstMs: 250, maxMs: maxBackoffMs });
  #hasTakenAny = false;
  #isFailing = false;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the sink has all of them, or they are kept as dead letters. Rejects when the signal says to stop, or when Redis is away:
   * then nothing may be acknowledged.
   */
  async ship(
    entries: readonly StreamEntry[],
    gaps: ReadonlyMap<number, Gap>,
    signal: AbortSignal,
  ): Promise<void> {
    const parcels = entries.flatMap((entry, index) => this.#pack(entry, gaps.get(index)));
    const { size } = this.#options;
    for (const batch of toBatches(parcels, size, ({ line }) => line.length)) {
      await this.#shipBatch(batch, signal);
    }
  }

  #pack(entry: StreamEntry, gap: Gap | undefined): Parcel[] {
    const { format, group } = this.#options;
    const toParcel = (text: string): Parcel => {
      const { record, line } = renderRecord(text, entry.entryId, format);
      const id = typeof record["id"] === "string" ? record["id"] : entry.entryId;
      return { entryId: entry.entryId, text, id, record, line };
    };
    // What we say ourselves is in no chain, so it stays out of what `mcpctl audit verify` reads.
    const alarm = gap && format !== "native" ? [toParcel(toGapRecord(gap, entry, group))] : [];
    return [...alarm, toParcel(entry.text)];
  }

  async #shipBatch(batch: readonly Parcel[], signal: AbortSignal): Promise<void> {
    const [only] = batch;
    for (let refusals = 0; ; ) {
      signal.throwIfAborted();
      const failure = await this.#trySend(batch);
      if (!failure) return;
      if (failure.kind === "refused") {
        // Halves may be taken: only of one record alone it matters whether a refusal is believed.
        if (batch.length > 1 || !only) return this.#divide(batch, signal);
        refusals += 1;
        if (this.#believes(refusals)) return this.#bury(only, failure.message);
      }
      await this.#pause(failure, signal);
    }
  }

  #believes(refusals: number): boolean {
    return this.#hasTakenAny || refusals >= refusalsBelieved;
  }

  /** Resolves to why the batch was not taken. */
  async #trySend(batch: readonly Parcel[]): Promise<SinkFailure | undefined> {
    let refused: readonly RefusedRecord[];
    try {
      refused = await this.#options.sink.send(batch);
    } catch (error) {
      if (error instanceof SinkFailure) return error;
      throw error;
    }
    const [first] = refused;
    if (first && refused.length === batch.length && !this.#hasTakenAny) {
      return new SinkFailure(first.reason, { kind: "refused" });
    }
    await this.#noteTaken(batch, refused);
    return undefined;
  }

  /** Finds what the sink refuses by halves; the rest arrives in its order. */
  async #divide(batch: readonly Parcel[], signal: AbortSignal): Promise<void> {
    this.#options.metrics.retries.inc();
    const middle = Math.ceil(batch.length / 2);
    await this.#shipBatch(batch.slice(0, middle), signal);
    await this.#shipBatch(batch.slice(middle), signal);
  }

  async #noteTaken(batch: readonly Parcel[], refused: readonly RefusedRecord[]): Promise<void> {
    const { metrics, log, sink } = this.#options;
    for (const { index, reason } of refused) {
      const parcel = batch[index];
      if (parcel) await this.#bury(parcel, reason);
    }
    if (this.#isFailing) log.info({ sink: sink.name }, "the sink takes records again");
    this.#isFailing = false;
    this.#hasTakenAny ||= refused.length < batch.length;
    this.#backoff.reset();
    metrics.sinkUp.set(1);
    metrics.batches.inc();
    metrics.records.inc(batch.length - refused.length);
    metrics.bytes.inc(batch.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0));
  }

  async #bury({ entryId, id, text }: Parcel, reason: string): Promise<void> {
    const { deadLetters, maxDeadLetters, metrics, log, sink } = this.#options;
    await deadLetters.add({ entryId, id, text, reason }, maxDeadLetters);
    metrics.deadLettered.inc();
    log.error(
      { sink: sink.name, id, reason },
      "the sink refuses a record; it is a dead letter now",
    );
  }

  async #pause(failure: SinkFailure, signal: AbortSignal): Promise<void> {
    const { metrics, log, sink, wait = waitFor } = this.#options;
    metrics.retries.inc();
    metrics.sinkUp.set(0);
    if (!this.#isFailing) {
      log.error({ err: failure, sink: sink.name }, "the sink takes no records; trying on");
    }
    this.#isFailing = true;
    await wait(Math.max(this.#backoff.nextMs(), failure.retryAfterMs ?? 0), signal);
  }
}

/** Rejects when the signal says to stop. */
async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
