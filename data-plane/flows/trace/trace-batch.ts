import { type Digest, DigestTable } from "./digest-table.ts";
import { FoldedText } from "./folded-text.ts";
import type { KeyedDigests, TraceKind } from "./keyed-digests.ts";
import type { Piece } from "./pieces.ts";

/** Something that a text says, by a keyed digest: equal for equal things, and nothing else can be learned of it. */
export interface Trace extends Digest {
  /** Part of what is digested. */
  readonly kind: TraceKind;
}

/** Collects what is to be digested, and what to say of each. */
export class TraceBatch<About, Made extends Trace> {
  readonly #digests: KeyedDigests;
  readonly #make: (trace: Trace, about: About) => Made;
  readonly #kinds: TraceKind[] = [];
  readonly #abouts: About[] = [];

  constructor(digests: KeyedDigests, make: (trace: Trace, about: About) => Made) {
    this.#digests = digests;
    this.#make = make;
  }

  /** How much was put in. */
  get size(): number {
    return this.#kinds.length;
  }

  addUnits(
    kind: TraceKind,
    units: Uint16Array,
    [start, end]: readonly [number, number],
    about: About,
  ): void {
    this.#digests.add(kind, units, start, end);
    this.#kinds.push(kind);
    this.#abouts.push(about);
  }

  addText(kind: TraceKind, text: string, about: About): void {
    this.#digests.addText(kind, text);
    this.#kinds.push(kind);
    this.#abouts.push(about);
  }

  /** Each digest once, with what was said of it first. */
  take(): readonly Made[] {
    const digests = this.#digests.take();
    const seen = new DigestTable(this.size);
    const traces: Made[] = [];
    for (let index = 0; index < this.size; index += 1) {
      const low = digests[2 * index] as number;
      const high = digests[2 * index + 1] as number;
      if (seen.get(low, high) !== undefined) continue;
      seen.set(low, high, index);
      const kind = this.#kinds[index] as TraceKind;
      traces.push(this.#make({ kind, low, high }, this.#abouts[index] as About));
    }
    return traces;
  }
}

/** All pieces behind each other. */
export function foldedOf(pieces: readonly Pick<Piece, "text">[]): FoldedText {
  const folded = new FoldedText(pieces.reduce((sum, { text }) => sum + text.length, 0));
  for (const { text } of pieces) folded.append(text);
  return folded;
}
