import { ArgumentTraces, type Located } from "./argument-traces.ts";
import { type Cut, Cuts } from "./cuts.ts";
import { leavesOf } from "./json-leaves.ts";
import { KeyedDigests } from "./keyed-digests.ts";
import { fitted, withDecodings } from "./pieces.ts";
import { ResultTraces } from "./result-traces.ts";
import { Winnowing } from "./shingles.ts";
import type { Trace } from "./trace-batch.ts";

export interface TracingOptions {
  /** Values that a detector found in it. Each is traced whole, too. */
  readonly secrets?: readonly string[];
  /** Is told once of each bound that was reached: what lies beyond it leaves no trace, or only a sample does. */
  readonly onCut?: (cut: Cut) => void;
}

const maxDepth = 64;
const maxNodes = 50_000;
const maxResultCharacters = 1_048_576;
const maxArgumentCharacters = 262_144;

/**
 * Makes traces of what results say, and finds them again in arguments. Pure and synchronous; what comes out depends on the
 * key and the texts alone, so that every proxy of a tenant makes the same.
 */
export class Tracer {
  readonly #digests: KeyedDigests;
  readonly #winnowing: Winnowing;

  constructor({ key }: { readonly key: Buffer }) {
    this.#digests = new KeyedDigests(key);
    this.#winnowing = new Winnowing(this.#digests.table);
  }

  /** The traces of a tool's result, or of its message: at most some thousand of each kind. */
  ofResult(value: unknown, { secrets = [], onCut }: TracingOptions = {}): readonly Trace[] {
    const cuts = new Cuts(onCut);
    const leaves = leavesOf(value, { maxDepth, maxNodes, onCut: cuts.note });
    const pieces = fitted(leaves, maxResultCharacters, cuts);
    return new ResultTraces(this.#digests, this.#winnowing, cuts).of(pieces, secrets);
  }

  /** The traces that arguments bear, also decoded, reversed, in pieces and with something between their letters. */
  ofArguments(value: unknown, { secrets = [], onCut }: TracingOptions = {}): readonly Located[] {
    const cuts = new Cuts(onCut);
    const leaves = leavesOf(value, { maxDepth, maxNodes, onCut: cuts.note });
    const pieces = withDecodings(fitted(leaves, maxArgumentCharacters, cuts), cuts);
    return new ArgumentTraces(this.#digests, this.#winnowing, { pieces, cuts }).found(secrets);
  }
}
