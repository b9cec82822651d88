import type { AuditHead, AuditRecord } from "../record.ts";
import { HashList } from "./hash-list.ts";
import { OlderRecords } from "./older-records.ts";
import { type ChainReport, maxProblems, type Problem } from "./report.ts";

/** Where a record stands in what is verified. */
export interface Place {
  readonly name: string;
  readonly position: number;
}

/** A stretch of numbers that did not come where they should have. */
interface Gap {
  readonly first: number;
  last: number;
  readonly place: Place;
}

type Verdict = "follows" | "duplicate" | "out-of-place";

/** One chain, as far as its records have come. */
export class ChainState {
  readonly producer: string;
  readonly bootId: string;
  readonly #hashes: HashList;
  readonly #problems: Problem[];
  readonly #older = new OlderRecords<Place>();
  #gaps: Gap[] = [];
  /** Where this range begins, and the hash of the record before. */
  readonly #first: number;
  readonly #hashBefore: string;
  #lastHash: string | undefined;
  #next: number;
  #hasEnded = false;
  signedUpTo = 0;

  /** `before`: the last record that a signature told of before the first that came; undefined when none did. */
  constructor(record: AuditRecord, before: AuditHead | undefined, problems: Problem[]) {
    const { producer = "", bootId = "", sequence = 0 } = record;
    this.producer = producer;
    this.bootId = bootId;
    this.#problems = problems;
    const isKnown = before !== undefined && sequence > before.sequence;
    this.#next = isKnown ? before.sequence + 1 : sequence;
    this.#lastHash = isKnown && before.sequence > 0 ? before.hash : undefined;
    this.#first = this.#next;
    this.#hashBefore = (isKnown ? before.hash : record.prevHash) ?? "";
    this.#hashes = new HashList(this.#next);
  }

  get last(): number {
    return this.#next - 1;
  }

  /** Takes the next record. `isIntact`: whether its hash is that of its content. */
  take(record: AuditRecord, isIntact: boolean, place: Place): Verdict {
    const { sequence = 0, hash = "" } = record;
    if (sequence < this.#next) return this.#takeOld(record, place);
    if (sequence > this.#next) {
      this.#gaps.push({ first: this.#next, last: sequence - 1, place });
      this.#lastHash = undefined;
      this.#hashes.skipTo(sequence);
    }
    if (this.#hasEnded) {
      this.#note("inserted", place, `${nameOf(record)} comes after the end of its chain`);
    }
    this.#checkLink(record, place);
    this.#hashes.add(hash);
    this.#next = sequence + 1;
    // What follows a changed record may hold the hash that it had.
    this.#lastHash = isIntact ? hash : undefined;
    this.#hasEnded ||= record.event === "audit.stopped";
    return "follows";
  }

  /** Whether this was the last hash of that number. Undefined when the record did not come. */
  holds({ sequence, hash }: AuditHead): boolean | undefined {
    return this.#hashes.has(sequence, hash);
  }

  /** Whether the chain should have come as far as that. */
  isCutBefore({ sequence }: AuditHead): boolean {
    return sequence >= this.#next;
  }

  end(): ChainReport {
    for (const { first, last, place } of this.#gaps) {
      const which = first === last ? `record ${first}` : `records ${first} to ${last}`;
      const of = `of ${this.producer} (start ${this.bootId})`;
      this.#note("removed", place, `${which} ${of} came neither before nor after this one`);
    }
    for (const { record, place } of this.#older.findStrangers(this.#first, this.#hashBefore)) {
      this.#note("inserted", place, `${record} does not lead up to the first of its chain here`);
    }
    const { producer, bootId, signedUpTo } = this;
    const hasEnded = this.#hasEnded;
    return { producer, bootId, first: this.#first, last: this.last, signedUpTo, hasEnded };
  }

  #takeOld(record: AuditRecord, place: Place): Verdict {
    const { sequence = 0, hash = "" } = record;
    const gap = this.#gaps.find(({ first, last }) => sequence >= first && sequence <= last);
    if (gap) {
      this.#close(gap, sequence);
      this.#hashes.put(sequence, hash);
      const message = `${nameOf(record)} comes only after younger ones of its chain (${place.name})`;
      this.#note("reordered", gap.place, message);
      return "out-of-place";
    }
    // Before what this range shows: a repeat of something older, which the end shows.
    if (sequence < this.#first && this.#older.add(record, nameOf(record), place)) {
      return "duplicate";
    }
    if (this.#hashes.has(sequence, hash) === true) return "duplicate";
    this.#note(
      "inserted",
      place,
      `${nameOf(record)} has the number of another record of its chain`,
    );
    return "out-of-place";
  }

  #close(gap: Gap, sequence: number): void {
    const { first, last, place } = gap;
    const rest = [
      { first, last: sequence - 1, place },
      { first: sequence + 1, last, place },
    ].filter((it) => it.first <= it.last);
    this.#gaps = [...this.#gaps.filter((it) => it !== gap), ...rest];
  }

  #checkLink(record: AuditRecord, place: Place): void {
    const { prevHash = "", sequence = 0 } = record;
    if (this.#lastHash === undefined || sequence <= 1 || prevHash === this.#lastHash) return;
    const message = `the record before ${nameOf(record)} is not the one that was there when it was made`;
    this.#note("changed", place, message);
  }

  #note(kind: Problem["kind"], place: Place, message: string): void {
    if (this.#problems.length >= maxProblems) return;
    this.#problems.push({ kind, place: place.name, message, position: place.position });
  }
}

export function nameOf({ id, producer = "", sequence = 0 }: AuditRecord): string {
  return `record ${sequence} of ${producer} (id ${id})`;
}
