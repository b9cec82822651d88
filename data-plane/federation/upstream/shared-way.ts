import type { AgentRequest } from "../../call/agent-request.ts";
import type { SharedSessions } from "../../sessions/shared-sessions.ts";
import { decodeWay, encodeWay, type Greeting, isSameWay, type Way } from "./way.ts";

/** How one agent's session reaches one upstream since it began a session there later, the same at every proxy. */
export class SharedWay {
  readonly #sessions: SharedSessions;
  readonly #key: string;
  readonly #owner: { readonly agent: string; readonly route: string; readonly upstream: string };

  constructor(sessions: SharedSessions, key: string, request: AgentRequest) {
    const { principal, route, upstream } = request;
    this.#sessions = sessions;
    this.#key = key;
    this.#owner = { agent: principal.agent, route: route.path, upstream: upstream.name };
  }

  /** Where any proxy has begun a session; undefined when none has, or Redis is away. */
  async find(): Promise<Way | undefined> {
    const found = await this.#sessions.find(this.#key, this.#owner);
    return found === undefined ? undefined : decodeWay(JSON.parse(found));
  }

  /** The session that another proxy has begun in place of the lost one, or else one that begins now. */
  async join(
    lost: Way | undefined,
    acts: { begin(): Promise<Greeting>; end(way: Way): Promise<void> },
  ): Promise<Greeting> {
    const found = await this.find();
    if (found && !isSameWay(found, lost)) return greetingOf(found);
    const begun = await acts.begin();
    const session = { ...this.#owner, upstreamSession: encoded(begun.way) };
    const kept = await this.#sessions.keep(this.#key, session, lost && encoded(lost));
    if (kept === undefined || kept === session.upstreamSession) return begun;
    // Two proxies began one at the same time: only one of them is heard by both.
    await acts.end(begun.way);
    return greetingOf(decodeWay(JSON.parse(kept)));
  }

  async forget(): Promise<void> {
    await this.#sessions.forget(this.#key);
  }
}

/** A session that somebody else began: what its upstream said of itself then was told to the agent or is of no use to it. */
export function greetingOf(way: Way): Greeting {
  return { way, capabilities: {}, instructions: undefined, ttlMs: 0, cacheScope: "private" };
}

function encoded(way: Way): string {
  return JSON.stringify(encodeWay(way));
}
