import type { AuditRecord } from "../record.ts";
import { isBefore } from "../stream-entry.ts";
import type { ChainReport } from "./report.ts";

/** Whether a stream begins where the gateway's own trimming has left it. */
export class WholeStream {
  #firstEntry: string | undefined;
  /** As far as records tell that it was trimmed. */
  #trimmedTo: string | undefined;
  #wasTrimmed = false;

  take(record: AuditRecord, { entry, isSound }: { entry: string; isSound: boolean }): void {
    this.#firstEntry ??= entry;
    if (!isSound || record.event !== "audit.trimmed") return;
    this.#wasTrimmed = true;
    const told = record.details?.["firstEntry"];
    if (told === undefined || !/^\d+-\d+$/.test(told)) return;
    if (this.#trimmedTo === undefined || isBefore(this.#trimmedTo, told)) this.#trimmedTo = told;
  }

  /** What was taken away from its beginning, in words; undefined: nothing shows. */
  findMissing(chains: readonly ChainReport[]): string | undefined {
    const cut = chains.find(({ first }) => first > 1);
    if (cut && !this.#wasTrimmed) {
      const { producer, bootId, first } = cut;
      return `records 1 to ${first - 1} of ${producer} (start ${bootId}) are missing, and no record tells that the stream was trimmed`;
    }
    const [first, told] = [this.#firstEntry, this.#trimmedTo];
    if (first === undefined || told === undefined || !isBefore(told, first)) return undefined;
    return `the stream was trimmed up to entry ${told}, as its last record of that tells, but begins with ${first} only`;
  }
}
