import type { AgentRequest } from "../call/agent-request.ts";
import { isObject } from "../mcp/json-rpc.ts";
import type { SessionSeal } from "../sessions/session-seal.ts";
import {
  type AgentProfile,
  decodeWay,
  type EncodedWay,
  encodeWay,
  legacyVersions,
  type Way,
} from "./upstream/way.ts";

/** An agent's session on a route with several upstreams: one of its own with each. */
export interface RouteSession {
  readonly profile: AgentProfile;
  /** Those that were there when it began. */
  readonly ways: ReadonlyMap<string, Way>;
}

/** No upstream may be called so. */
const several = "*";
const maxProfileLength = 1_024;
/** Together with an agent's other headers this must fit into what servers and balancers read. */
const maxEnvelopeLength = 6_000;

/** Keeps what belongs to an agent's session in the session id itself, so that any proxy knows it. */
export class RouteSessions {
  readonly #seal: SessionSeal;

  constructor(seal: SessionSeal) {
    this.#seal = seal;
  }

  /** The session id. Upstreams for which there is no room are met again when they are needed. */
  seal(request: AgentRequest, { profile, ways }: RouteSession): string {
    const known = [...ways].map(([name, way]) => [name, ...encodeWay(way)]);
    const client = shortened(profile);
    for (;;) {
      const upstreamSession = JSON.stringify([profile.version, client, known]);
      const envelope = this.#seal.seal({ ...ownerOf(request), upstreamSession });
      if (envelope.length <= maxEnvelopeLength || known.length === 0) return envelope;
      known.pop();
    }
  }

  /** Undefined when the session is not one of this agent on this route. */
  open(request: AgentRequest, envelope: string): RouteSession | undefined {
    const content = this.#seal.open(envelope, ownerOf(request));
    if (content === undefined) return undefined;
    const [version, client, known] = JSON.parse(content);
    return {
      profile: { version, ...client },
      ways: new Map(known.map(([name, ...way]: [string, ...EncodedWay]) => [name, decodeWay(way)])),
    };
  }
}

/** What stands for the session of an agent that has begun none. */
export const noSession: RouteSession = {
  profile: { version: legacyVersions[0] ?? "", capabilities: {} },
  ways: new Map(),
};

/** What an agent says of itself goes with each of its requests: only as much as is usual. */
function shortened({ capabilities, clientInfo }: AgentProfile) {
  const whole = { capabilities, ...(clientInfo !== undefined && { clientInfo }) };
  if (JSON.stringify(whole).length <= maxProfileLength) return whole;
  const known = ["sampling", "elicitation", "roots"].filter((name) => isObject(capabilities[name]));
  return { capabilities: Object.fromEntries(known.map((name) => [name, {}])) };
}

function ownerOf({ principal, route }: AgentRequest) {
  return { agent: principal.agent, route: route.path, upstream: several };
}
