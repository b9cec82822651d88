import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import type { Era } from "../../call/agent-request.ts";

interface Found {
  readonly speaks: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const believedForMs = 3_600_000;

/** Which eras each upstream was found to speak or to refuse, and when: it is asked anew after a while. */
export class EraMemory {
  readonly #found = new Map<string, Found>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  speaks(upstream: CompiledUpstream, era: Era): boolean {
    return this.#get(upstream, era)?.speaks === true;
  }

  refuses(upstream: CompiledUpstream, era: Era): boolean {
    return this.#get(upstream, era)?.speaks === false;
  }

  remember(upstream: CompiledUpstream, era: Era, speaks: boolean): void {
    this.#found.set(keyOf(upstream, era), { speaks, at: this.#now() });
  }

  /** What was found turned out wrong. */
  forget(upstream: CompiledUpstream): void {
    this.#found.delete(keyOf(upstream, "legacy"));
    this.#found.delete(keyOf(upstream, "modern"));
  }

  #get(upstream: CompiledUpstream, era: Era): Found | undefined {
    const found = this.#found.get(keyOf(upstream, era));
    return found && this.#now() - found.at < believedForMs ? found : undefined;
  }
}

/** A policy may give a name to another server: what was learned of the old one says nothing of it. */
export function addressOf({ name, target }: CompiledUpstream): string {
  return JSON.stringify([name, target]);
}

function keyOf(upstream: CompiledUpstream, era: Era): string {
  return `${era} ${addressOf(upstream)}`;
}
