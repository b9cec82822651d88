import type { AgentChange } from "./agent-roll.ts";

/** More are not remembered: the table is read whole. */
const maxAnnounced = 1_000;

/** Changes of agents that Redis announced and that were not taken in yet. Some may be lost on their way. */
export class AnnouncedChanges {
  readonly #byStart = new Map<number, AgentChange>();

  /** Takes in what replace-agent.lua publishes. Anything else says nothing. */
  note(message: string): void {
    const [, from, revision, id] = /^(\d+) (\d+) (.+)$/.exec(message) ?? [];
    if (id === undefined || this.#byStart.size >= maxAnnounced) return;
    this.#byStart.set(Number(from), { from: Number(from), revision: Number(revision), id });
  }

  /** The changes that lead from one revision to another; undefined where one of them is not known. Forgets all others. */
  take(from: number, to: number): readonly AgentChange[] | undefined {
    const way: AgentChange[] = [];
    let at = from;
    while (at < to) {
      const next = this.#byStart.get(at);
      // It only grows, so this comes to an end.
      if (!next || next.revision <= at) break;
      way.push(next);
      at = next.revision;
    }
    for (const start of this.#byStart.keys()) if (start < to) this.#byStart.delete(start);
    return at === to ? way : undefined;
  }
}
