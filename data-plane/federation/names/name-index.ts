import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import { addressOf } from "../upstream/era-memory.ts";
import { exposeName, isMarked } from "./exposed-names.ts";
import type { ListedKind } from "./to-upstream.ts";

/** One agent's last look at a list. */
interface Look {
  readonly at: number;
  readonly done: Promise<void>;
}

/** What is looked for, and in whose name. */
interface Wanted {
  readonly exposed: string;
  readonly kind: ListedKind;
  /** Agents may see different parts of a list. */
  readonly agent: string;
}

const maxNames = 10_000;
const maxLooks = 1_000;
/** Names that nobody has are not looked for by one list after the other. */
const lookAgainAfterMs = 2_000;

/**
 * Finds the original of a name that was made safe, by listing its upstream. What it remembers is quick, not needed:
 * a name leads to the same original on every proxy, and whether the agent may use that is decided later.
 */
export class NameIndex {
  /** Originals by the name that agents see, for each kind of each upstream. */
  readonly #known = new Map<string, Map<string, string>>();
  readonly #looks = new Map<string, Look>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Notes names that an upstream listed. */
  note(upstream: CompiledUpstream, kind: ListedKind, names: readonly string[]): void {
    const originals = this.#of(upstream, kind);
    for (const name of names) {
      const exposed = exposeName(upstream.name, name);
      // Two originals with one name are the upstream's own doing: the first stands, as in its list.
      if (!isMarked(exposed) || originals.has(exposed)) continue;
      if (originals.size >= maxNames) originals.clear();
      originals.set(exposed, name);
    }
  }

  /** The original; undefined when the upstream has no such name. */
  async find(
    upstream: CompiledUpstream,
    { exposed, kind, agent }: Wanted,
    list: () => Promise<readonly string[]>,
  ): Promise<string | undefined> {
    const originals = this.#of(upstream, kind);
    const found = originals.get(exposed);
    if (found !== undefined) return found;
    const key = JSON.stringify([kind, agent, addressOf(upstream)]);
    await this.#look(key, async () => this.note(upstream, kind, await list()));
    return originals.get(exposed);
  }

  /** Calls that arrive together share one look. */
  #look(key: string, look: () => Promise<void>): Promise<void> {
    const last = this.#looks.get(key);
    if (last && this.#now() - last.at < lookAgainAfterMs) return last.done;
    if (this.#looks.size >= maxLooks) this.#looks.clear();
    const done = look();
    this.#looks.set(key, { at: this.#now(), done });
    return done;
  }

  #of(upstream: CompiledUpstream, kind: ListedKind): Map<string, string> {
    const key = `${kind} ${addressOf(upstream)}`;
    const known = this.#known.get(key) ?? new Map<string, string>();
    this.#known.set(key, known);
    return known;
  }
}
