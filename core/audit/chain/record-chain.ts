import { randomUUID } from "node:crypto";
import type { AuditEntry, AuditHead, AuditRecord } from "../record.ts";
import { canonicalText, hashOf } from "./canonical-record.ts";
import { RecordIds } from "./record-id.ts";

/** A record as it stands in files and in the stream. */
export interface ChainedRecord {
  readonly id: string;
  readonly sequence: number;
  readonly hash: string;
  readonly bootId: string;
  readonly producer: string;
  readonly event: string;
  /** One line of JSON. */
  readonly text: string;
}

export interface RecordChainOptions {
  /** Names this process among all that write. */
  readonly producer: string;
  /** Where the chain of its last start ended, where that is known. */
  readonly previous?: AuditHead | undefined;
  readonly now?: () => number;
}

/** The schema's sequence has 32 bits. */
const maxSequence = 0xffff_ffff;

/**
 * Makes records: each has a number and the hash of the one before it, so that none can be removed, changed, inserted
 * or moved without breaking the chain. A chain is one start of one producer; its first record holds the last hash of the start before.
 */
export class RecordChain {
  readonly producer: string;
  readonly #now: () => number;
  readonly #ids = new RecordIds();
  #bootId: string = randomUUID();
  #sequence = 0;
  #lastHash: string;

  constructor(options: RecordChainOptions) {
    this.producer = options.producer;
    this.#now = options.now ?? Date.now;
    this.#lastHash = options.previous?.hash ?? "";
  }

  /** The last record that was made; undefined before the first. */
  get head(): AuditHead | undefined {
    if (this.#sequence === 0) return undefined;
    const { producer } = this;
    return { producer, bootId: this.#bootId, sequence: this.#sequence, hash: this.#lastHash };
  }

  /** Adds who writes the record, when, and after what. `seal` may change it last, knowing all of that. */
  add(entry: AuditEntry, seal: (record: AuditRecord) => AuditRecord = (it) => it): ChainedRecord {
    if (this.#sequence >= maxSequence) this.#beginAnew();
    const nowMs = this.#now();
    const { producer } = this;
    const bootId = this.#bootId;
    const sequence = this.#sequence + 1;
    const record = seal({
      ...entry,
      id: this.#ids.next(nowMs),
      time: new Date(nowMs).toISOString(),
      producer,
      bootId,
      sequence,
      ...(this.#lastHash !== "" && { prevHash: this.#lastHash }),
    });
    const canonical = canonicalText(record);
    const hash = hashOf(canonical);
    this.#sequence = sequence;
    this.#lastHash = hash;
    const text = `${canonical.slice(0, -1)},"hash":"${hash}"}`;
    return { id: record.id, sequence, hash, bootId, producer, event: record.event, text };
  }

  #beginAnew(): void {
    this.#bootId = randomUUID();
    this.#sequence = 0;
  }
}
