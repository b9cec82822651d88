import type { AuditRecord } from "../record.ts";
import { isBefore } from "../stream-entry.ts";
import type { ChainReport } from "./report.ts";

/** Whether a stream begins where the gateway's own trimming has left it. */
export class WholeStream {
  #firstEntry: string | undefined;
  /** As far as records tell that it was trimmed. */
  #trimmedTo: string | undefined;
  /** How far a process was about to trim it, by its start: it may have died before it told what it did. */
  readonly #intended = new Map<string, string>();
  #wasTrimmed = false;

  take(record: AuditRecord, { entry, isSound }: { entry: string; isSound: boolean }): void {
    this.#firstEntry ??= entry;
    if (!isSound) return;
    const { event, bootId = "", details } = record;
    if (event === "audit.trimming") this.#intend(bootId, details?.["upTo"]);
    if (event !== "audit.trimmed") return;
    this.#wasTrimmed = true;
    this.#intended.delete(bootId);
    const told = entryIn(details?.["firstEntry"]);
    if (told !== undefined) this.#trimmedTo = later(this.#trimmedTo, told);
  }

  #intend(bootId: string, upTo: string | undefined): void {
    const entry = entryIn(upTo);
    if (entry === undefined || this.#intended.size >= maxIntended) return;
    this.#wasTrimmed = true;
    this.#intended.set(bootId, later(this.#intended.get(bootId), entry));
  }

  /** What was taken away from its beginning, in words; undefined: nothing shows. */
  findMissing(chains: readonly ChainReport[]): string | undefined {
    const cut = chains.find(({ first }) => first > 1);
    if (cut && !this.#wasTrimmed) {
      const { producer, bootId, first } = cut;
      return `records 1 to ${first - 1} of ${producer} (start ${bootId}) are missing, and no record tells that the stream was trimmed`;
    }
    const first = this.#firstEntry;
    const told = [...this.#intended.values()].reduce(later, this.#trimmedTo);
    if (first === undefined || told === undefined || !isBefore(told, first)) return undefined;
    return `the stream was trimmed up to entry ${told}, as its last record of that tells, but begins with ${first} only`;
  }
}

/** Each is of a process that died while it trimmed, or that trims now. */
const maxIntended = 10_000;

function entryIn(text: string | undefined): string | undefined {
  return text !== undefined && /^\d+-\d+$/.test(text) ? text : undefined;
}

function later(one: string | undefined, other: string): string {
  return one === undefined || isBefore(one, other) ? other : one;
}
