import { type Freeze, FrozenKind } from "../../proto/gen/mcpgateway/v1/config_pb.ts";

/** Who would call, and whom. */
interface Ends {
  readonly agent: string;
  readonly upstream: string;
}

/** What operators have frozen, as this proxy was told last. */
export class Freezes {
  #isEverything = false;
  #agents: ReadonlySet<string> = new Set();
  #upstreams: ReadonlySet<string> = new Set();
  #onChange = () => {};

  /** Calls the listener after each change. There is one. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** A kind that a later release froze something by counts as everything: it must not be let through. */
  replace(freezes: readonly Freeze[]): void {
    const namesOf = (kind: FrozenKind) =>
      new Set(freezes.filter((it) => it.kind === kind).map(({ name }) => name));
    this.#agents = namesOf(FrozenKind.AGENT);
    this.#upstreams = namesOf(FrozenKind.UPSTREAM);
    this.#isEverything = freezes.some(
      ({ kind }) => kind !== FrozenKind.AGENT && kind !== FrozenKind.UPSTREAM,
    );
    this.#onChange();
  }

  /** What of this is frozen, in words for the agent; undefined: nothing. */
  find({ agent, upstream }: Ends): string | undefined {
    if (this.#isEverything) return reasonOf("all calls");
    if (this.#agents.has(agent)) return reasonOf("this agent");
    return this.#upstreams.has(upstream) ? reasonOf(`the server ${upstream}`) : undefined;
  }
}

function reasonOf(what: string): string {
  return `an operator has frozen ${what}; it is not known for how long`;
}
