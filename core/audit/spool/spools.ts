import type { Logger } from "../../service/log.ts";
import type { AuditHead, AuditRecord } from "../record.ts";
import { Spool, type SpoolBatch } from "./spool.ts";
import { SpoolFolders } from "./spool-folders.ts";

/** Records from disk, and how to say that they have arrived. */
export interface SpooledBatch {
  readonly texts: readonly string[];
  readonly take: () => Promise<void>;
}

/** This process's spool, and those that dead processes left. */
export class Spools {
  readonly #folders: SpoolFolders;
  readonly #own: Spool;
  readonly #maxBytes: number;
  readonly #log: Logger;
  readonly #left: Spool[] = [];

  private constructor(
    parts: { folders: SpoolFolders; own: Spool },
    { maxBytes, log }: { readonly maxBytes: number; readonly log: Logger },
  ) {
    this.#folders = parts.folders;
    this.#own = parts.own;
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  static async open(options: {
    readonly root: string;
    readonly maxBytes: number;
    readonly log: Logger;
  }): Promise<Spools> {
    const folders = await SpoolFolders.open(options.root);
    const own = await Spool.open({ folder: folders.own, maxBytes: options.maxBytes });
    return new Spools({ folders, own }, options);
  }

  /** Whether all has arrived. */
  get isEmpty(): boolean {
    return [...this.#left, this.#own].every((spool) => spool.isEmpty);
  }

  append(lines: Buffer): Promise<void> {
    return this.#own.append(lines);
  }

  /** Takes over what dead processes left, and tells where each of their chains ended. */
  async takeOver(): Promise<AuditHead[]> {
    const heads: AuditHead[] = [];
    for (const folder of await this.#folders.takeOver()) {
      const spool = await Spool.open({ folder, maxBytes: this.#maxBytes });
      const head = headOf(await spool.last());
      if (head) heads.push(head);
      if (!spool.isEmpty) {
        this.#log.info(
          { ...head, bytes: spool.bytes },
          "takes over audit records of a process that ended",
        );
      }
      this.#left.push(spool);
    }
    return heads;
  }

  /** The oldest records that have not arrived: first those that were left. Undefined when there are none. */
  async read(): Promise<SpooledBatch | undefined> {
    for (let [left] = this.#left; left; [left] = this.#left) {
      const batch = await left.read();
      if (batch) return this.#toBatch(left, batch);
      await left.remove();
      this.#left.shift();
    }
    const batch = await this.#own.read();
    return batch && this.#toBatch(this.#own, batch);
  }

  async close(): Promise<void> {
    await this.#own.close();
    for (const left of this.#left) await left.close();
    this.#folders.close();
  }

  #toBatch(spool: Spool, batch: SpoolBatch): SpooledBatch {
    const { damaged } = batch;
    // The chain shows a gap where a record was; half a line that a crash left was never acknowledged to anybody.
    if (damaged > 0) this.#log.warn({ damaged }, "lines of the audit spool are torn or damaged");
    return { texts: batch.texts, take: () => spool.take(batch) };
  }
}

function headOf(text: string | undefined): AuditHead | undefined {
  if (text === undefined) return undefined;
  const { producer = "", bootId = "", sequence = 0, hash = "" } = JSON.parse(text) as AuditRecord;
  return { producer, bootId, sequence, hash };
}
