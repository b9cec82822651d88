import type { Redis } from "ioredis";
import type { Logger } from "../service/log.ts";
import { AuditStream } from "./audit-stream.ts";
import { CheckpointKey } from "./chain/checkpoint-key.ts";
import { Checkpoints } from "./chain/checkpoints.ts";
import { type ChainedRecord, RecordChain } from "./chain/record-chain.ts";
import { RotatingKey } from "./chain/rotating-key.ts";
import { Delivery } from "./delivery.ts";
import type { AuditEntry, AuditHead } from "./record.ts";
import { type Durability, RecordQueue } from "./record-queue.ts";
import { Spools } from "./spool/spools.ts";

export interface AuditTrailOptions {
  /** A connection for purpose "durable" that nothing else uses. */
  readonly redis: Redis;
  /** Names this process among all that write. */
  readonly producer: string;
  /** Keeps records until Redis has them, and the key of the checkpoints. Empty: there is no disk to rely on. */
  readonly folder: string;
  readonly maxSpoolBytes: number;
  /** How many replicas of Redis must have a record. 0: its primary is enough. */
  readonly waitReplicas?: number;
  readonly log: Logger;
  /** Where the chains of all producers stand, for a control plane's checkpoints. */
  readonly heads?: () => Promise<readonly AuditHead[]>;
  readonly checkpointEveryMs?: number;
  /** A key that signs checkpoints is replaced by another when it is that old, also while the process runs. */
  readonly keyLivesForMs?: number;
  /** Makes a new key known before it signs. Absent: whoever asks for {@link AuditTrail.shownKey} does. */
  readonly announceKey?: (publicKey: string) => Promise<void>;
  readonly now?: () => number;
}

const checkpointEveryMs = 60_000;
const checkpointEveryRecords = 10_000;
const defaultKeyLivesForMs = 90 * 86_400_000;
const takeOverEveryMs = 60_000;
const waitForReplicasMs = 500;

/** Writes audit records: chained, through a file that a crash leaves behind, into the stream. At least once, in order. */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #key: RotatingKey;
  readonly #queue = new RecordQueue();
  readonly #chain: RecordChain;
  readonly #checkpoints: Checkpoints;
  readonly #delivery: Delivery;
  readonly #timers: readonly NodeJS.Timeout[];
  #sinceCheckpoint = 0;
  #lost = 0;
  #isKicked = false;

  private constructor(
    options: AuditTrailOptions,
    parts: { spools: Spools | undefined; key: CheckpointKey; left: readonly AuditHead[] },
  ) {
    const { redis, producer, waitReplicas = 0, log } = options;
    const { spools, key, left } = parts;
    this.#options = options;
    const { keyLivesForMs: livesForMs = defaultKeyLivesForMs, now = Date.now } = options;
    this.#key = new RotatingKey({ key, livesForMs, now, announce: options.announceKey });
    const previous = left.findLast((head) => head.producer === producer) ?? left.at(-1);
    this.#chain = new RecordChain({ producer, previous, ...(options.now && { now: options.now }) });
    this.#checkpoints = new Checkpoints(this.#chain, key);
    const stream = new AuditStream({ redis, waitReplicas, waitMs: waitForReplicasMs });
    this.#delivery = new Delivery({ queue: this.#queue, spools, stream, log });
    this.#enqueue(this.#checkpoints.start(previous, left), undefined);
    this.#timers = [
      setInterval(() => void this.#endPeriod(), options.checkpointEveryMs ?? checkpointEveryMs),
      setInterval(() => void this.#takeOver(spools), takeOverEveryMs),
    ].map((timer) => timer.unref());
  }

  /** Begins a chain. Records that a dead process left in the folder are delivered first. */
  static async open(options: AuditTrailOptions): Promise<AuditTrail> {
    const { folder, maxSpoolBytes, log, now = Date.now } = options;
    const { keyLivesForMs = defaultKeyLivesForMs } = options;
    const ephemeral = () =>
      new AuditTrail(options, {
        spools: undefined,
        key: CheckpointKey.ephemeral(now()),
        left: [],
      });
    if (folder === "") {
      log.warn(
        "no folder keeps audit records: each waits for Redis, and what it does not take dies with the process",
      );
      return ephemeral();
    }
    try {
      const spools = await Spools.open({ root: folder, maxBytes: maxSpoolBytes, log });
      const key = await CheckpointKey.load(folder, now(), keyLivesForMs);
      return new AuditTrail(options, { spools, key, left: await spools.takeOver() });
    } catch (error) {
      log.error(
        { err: error, folder },
        "the folder for audit records cannot be used: each waits for Redis instead",
      );
      return ephemeral();
    }
  }

  /** Names the key that signs now. */
  get keyId(): string {
    return this.#key.current.keyId;
  }

  /** The key that signs, or will soon: to be made known to those who verify. Raw Ed25519, base64url. */
  get shownKey(): string {
    return this.#key.shown;
  }

  /** Whether Redis takes no records now. */
  get isBehind(): boolean {
    return this.#delivery.isBehind;
  }

  /** Whether neither Redis nor the disk takes records now. */
  get isUnwritable(): boolean {
    return this.isBehind && this.#delivery.isDiskAway;
  }

  /**
   * Resolves when the record is where `until` says; without a disk that is Redis always. Rejects when it is not, within seconds:
   * it may arrive all the same later. What must be in Redis is not even kept while that is known to be away.
   */
  write(entry: AuditEntry, until: Durability = "shipped"): Promise<void> {
    if (until === "shipped" && this.isBehind) {
      return Promise.reject(new Error(`Redis is away: the record ${entry.event} is not written`));
    }
    return new Promise((resolve, reject) => {
      if (!this.#hasRoom()) {
        reject(new Error("the audit trail is behind: too many records wait for disk and Redis"));
        return;
      }
      const waiting = { until, sinceMs: performance.now(), resolve, reject };
      this.#enqueue(this.#chain.add(entry), waiting);
    });
  }

  /** Writes the record sooner or later. A loss, when too many wait, is counted and becomes a record itself. */
  keep(entry: AuditEntry): void {
    if (this.#hasRoom()) this.#enqueue(this.#chain.add(entry), undefined);
  }

  /** Ends the chain and delivers it as far as possible. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#enqueue(this.#checkpoints.stop(), undefined);
    await this.#delivery.close();
  }

  #hasRoom(): boolean {
    if (this.#queue.isFull) {
      this.#lost += 1;
      const { log } = this.#options;
      // The log is the last place where the loss itself can be recorded.
      if (this.#lost % 1_000 === 1) log.error({ lost: this.#lost }, "audit records are lost");
      return false;
    }
    if (this.#lost > 0) {
      const details = { lost: String(this.#lost) };
      this.#lost = 0;
      this.#enqueue(this.#chain.add({ event: "audit.lost", details }), undefined);
    }
    return true;
  }

  #enqueue(record: ChainedRecord, waiting: Parameters<RecordQueue["add"]>[1]): void {
    this.#queue.add(record, waiting);
    this.#sinceCheckpoint += 1;
    if (this.#sinceCheckpoint >= checkpointEveryRecords) void this.#checkpoint();
    if (this.#isKicked) return;
    this.#isKicked = true;
    // Records of one turn of the event loop travel together.
    setImmediate(() => {
      this.#isKicked = false;
      this.#delivery.kick();
    });
  }

  async #endPeriod(): Promise<void> {
    const { log } = this.#options;
    try {
      const next = await this.#key.advance();
      if (next)
        for (const record of this.#checkpoints.changeKey(next)) this.#enqueue(record, undefined);
    } catch (error) {
      log.error(
        { err: error },
        "the key of the audit checkpoints is too old and cannot be replaced",
      );
    }
    await this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    this.#sinceCheckpoint = 0;
    const heads = (await this.#readHeads()) ?? [];
    if (!this.#queue.isFull) this.#enqueue(this.#checkpoints.checkpoint(heads), undefined);
  }

  /** A checkpoint without them still signs its own chain. */
  async #readHeads(): Promise<readonly AuditHead[] | undefined> {
    const { heads, log } = this.#options;
    return await heads?.().catch((error: unknown) => {
      log.warn({ err: error }, "a checkpoint does not tell where other chains stand");
      return [];
    });
  }

  async #takeOver(spools: Spools | undefined): Promise<void> {
    const { log } = this.#options;
    try {
      if (((await spools?.takeOver()) ?? []).length > 0) this.#delivery.kick();
    } catch (error) {
      log.error({ err: error }, "audit records that others left cannot be taken over");
    }
  }
}
