import { Counter, Gauge, Registry } from "prom-client";

/** What is measured of an exporter. */
export class ExportMetrics {
  readonly registry = new Registry();
  readonly records = this.#counter("records_total", "Records that the sink has taken");
  readonly bytes = this.#counter("bytes_total", "Bytes of the records that the sink has taken");
  readonly batches = this.#counter("batches_total", "Batches that the sink has taken");
  readonly retries = this.#counter("retries_total", "Batches that were sent again");
  readonly deadLettered = this.#counter("dead_lettered_total", "Records that the sink refused");
  readonly deadLetters = this.#gauge("dead_letters", "Refused records that are kept");
  readonly repeats = this.#counter("repeats_total", "Records that stood in the stream before");
  readonly gaps = this.#counter("gaps_total", "Stretches of records that never came");
  readonly missing = this.#counter("missing_records_total", "Records that never came");
  readonly lost = this.#counter("lost_entries_total", "Entries trimmed before they were exported");
  readonly claimed = this.#counter("claimed_total", "Entries taken over from an earlier run");
  readonly lagEntries = this.#gauge("lag_entries", "Entries not exported yet; NaN when unknown");
  readonly lagSeconds = this.#gauge("lag_seconds", "Age of the oldest entry not exported yet");
  readonly active = this.#gauge("active", "1 when this exporter works, 0 when it stands by");
  readonly sinkUp = this.#gauge("sink_up", "1 when the sink took the last batch");

  #counter(name: string, help: string): Counter {
    return new Counter({ name: `mcpgw_export_${name}`, help, registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `mcpgw_export_${name}`, help, registers: [this.registry] });
  }
}
