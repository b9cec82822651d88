import type { SubjectKind } from "../../core/policy/call-facts.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";

/** What is listed; resources by their URI, or by the template of it. */
export type ListedKind = Exclude<SubjectKind, "method">;

const maxLists = 3_000;
const maxNames = 10_000;

/**
 * The names that upstreams were seen to list at this proxy, whoever asked: enough to tell whether a policy shows an
 * agent other ones than before. Bounded; what has no room is not known.
 */
export class ListedNames {
  readonly #lists = new Map<string, Set<string>>();

  /** Notes what an upstream listed. */
  note(upstream: CompiledUpstream, kind: ListedKind, names: readonly string[]): void {
    const key = keyOf(upstream, kind);
    const known = this.#lists.get(key) ?? new Set<string>();
    for (const name of names) known.add(name);
    if (known.size > maxNames || this.#lists.size > maxLists) this.#lists.delete(key);
    else this.#lists.set(key, known);
  }

  /** Undefined when nothing of the kind was ever listed here. */
  known(upstream: CompiledUpstream, kind: ListedKind): ReadonlySet<string> | undefined {
    return this.#lists.get(keyOf(upstream, kind));
  }
}

/** Another server under the same name has other things. */
function keyOf({ name, target }: CompiledUpstream, kind: ListedKind): string {
  return JSON.stringify([kind, name, target]);
}
