import type { AuditCheckpoint, AuditHead, AuditRecord } from "../record.ts";
import { canonicalText } from "./canonical-record.ts";
import type { CheckpointKey } from "./checkpoint-key.ts";
import type { ChainedRecord, RecordChain } from "./record-chain.ts";

/** What is signed of a record that holds a checkpoint: all of it but its hash and the signature. */
export function signedText(record: AuditRecord): string {
  const { signature: _, ...checkpoint } = record.checkpoint ?? { keyId: "" };
  return canonicalText({ ...record, checkpoint });
}

/** Makes the records that sign a chain. Each covers all before it, since it holds the hash of the last. */
export class Checkpoints {
  readonly #chain: RecordChain;
  #key: CheckpointKey;

  constructor(chain: RecordChain, key: CheckpointKey) {
    this.#chain = chain;
    this.#key = key;
  }

  /** The first record of a chain: shows the key, and what the starts before this one ended with. */
  start(previous: AuditHead | undefined, heads: readonly AuditHead[]): ChainedRecord {
    const { publicKey, vouching } = this.#key;
    return this.#add("audit.started", {
      publicKey,
      ...vouching,
      ...(previous && { previous }),
      ...(heads.length > 0 && { heads }),
    });
  }

  checkpoint(heads: readonly AuditHead[] = []): ChainedRecord {
    return this.#add("audit.checkpoint", heads.length > 0 ? { heads } : {});
  }

  /** Ends what the old key signs, and shows the new one, which signs from here on. */
  changeKey(key: CheckpointKey): ChainedRecord[] {
    const last = this.checkpoint();
    this.#key = key;
    const { publicKey, vouching } = key;
    return [last, this.#add("audit.key-changed", { publicKey, ...vouching })];
  }

  /** The last record of a chain, which says that it is. */
  stop(): ChainedRecord {
    return this.#add("audit.stopped", {});
  }

  #add(event: string, content: Omit<AuditCheckpoint, "keyId" | "signature">): ChainedRecord {
    const { keyId } = this.#key;
    return this.#chain.add({ event, checkpoint: { ...content, keyId } }, (record) => ({
      ...record,
      checkpoint: { ...content, keyId, signature: this.#key.sign(signedText(record)) },
    }));
  }
}
