import type { AuditRecord } from "../record.ts";

interface Older<Place> {
  readonly record: string;
  readonly hash: string;
  readonly prevHash: string;
  readonly place: Place;
}

/** A process delivers again what it cannot know to have arrived: seconds, not days. */
const maxOlder = 100_000;

/**
 * Records of a chain that are older than the first of a range. They are repeats of what came before it when their hashes lead up to
 * that record; any other was inserted.
 */
export class OlderRecords<Place> {
  readonly #bySequence = new Map<number, Older<Place>[]>();
  #count = 0;

  /** False when there are too many to be repeats. */
  add(
    { sequence = 0, hash = "", prevHash = "" }: AuditRecord,
    record: string,
    place: Place,
  ): boolean {
    const known = this.#bySequence.get(sequence) ?? [];
    if (known.some((it) => it.hash === hash)) return true;
    if (this.#count >= maxOlder) return false;
    this.#count += 1;
    this.#bySequence.set(sequence, [...known, { record, hash, prevHash, place }]);
    return true;
  }

  /** Those that do not lead up to the record which has this number and holds this hash of the one before. */
  findStrangers(sequence: number, prevHash: string): readonly Older<Place>[] {
    const ours = new Set<Older<Place>>();
    let wanted = prevHash;
    for (let at = sequence - 1; at > 0; at -= 1) {
      const found = this.#bySequence.get(at)?.find(({ hash }) => hash === wanted);
      if (!found) break;
      ours.add(found);
      wanted = found.prevHash;
    }
    return [...this.#bySequence.values()].flat().filter((it) => !ours.has(it));
  }
}
