import type { FoundRecord } from "../../../core/audit/formats/read-record.ts";

/** A record on its way out. */
export interface OutgoingRecord {
  /** The same whenever it is sent. */
  readonly id: string;
  readonly record: FoundRecord;
  /** In the format of the sink, without an end of line. */
  readonly line: string;
}

/** A record that the sink will never take. */
export interface RefusedRecord {
  readonly index: number;
  readonly reason: string;
}

/** Where records go. */
export interface Sink {
  /** For the log: never holds a secret. */
  readonly name: string;
  /**
   * Resolves when the other side has the records for good, but for those that it refuses each by itself.
   * Rejects with a {@link SinkFailure}; then any of them may have arrived, and all are sent again in their order.
   */
  send(records: readonly OutgoingRecord[]): Promise<readonly RefusedRecord[]>;
  close(): Promise<void>;
}

/** The sink did not take a batch. */
export class SinkFailure extends Error {
  override readonly name = "SinkFailure";
  /** "away": it may take the same batch later. "refused": there is something in the batch that it never takes. */
  readonly kind: "away" | "refused";
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: ErrorOptions & {
      readonly kind: "away" | "refused";
      readonly retryAfterMs?: number;
    },
  ) {
    super(message, options);
    this.kind = options.kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}
