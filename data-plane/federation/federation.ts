import { createHash } from "node:crypto";
import type { CompiledRoute, CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { AgentRequest, Call, Era, MessageRequest } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { Trail } from "../call/trail.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { DeliveryOutcome } from "../gateway/handle-delivery.ts";
import { clientIn } from "../mcp/client-info.ts";
import { modernVersion } from "../mcp/era.ts";
import { jsonRpcCodes, type ProtocolError } from "../mcp/json-rpc.ts";
import type { OpenQuestions } from "../sessions/open-questions.ts";
import type { SessionSeal } from "../sessions/session-seal.ts";
import type { SharedSessions } from "../sessions/shared-sessions.ts";
import { answerByItself, handleByMembers, profileIn } from "./call-handlers.ts";
import {
  deliverToAll,
  deliverToOne,
  findAddressee,
  findOwnAnswer,
  type OwnReceipt,
  receipt,
} from "./deliveries.ts";
import type { Handlers } from "./handlers.ts";
import { Member } from "./member.ts";
import { decodeResumePoint } from "./names/event-ids.ts";
import { NameIndex } from "./names/name-index.ts";
import { noSession, RouteSessions } from "./route-sessions.ts";
import { mergeStreams } from "./streams/merge-streams.ts";
import { EraMemory } from "./upstream/era-memory.ts";
import { LocalSessions } from "./upstream/local-sessions.ts";
import { Patience } from "./upstream/patience.ts";
import type { AgentSession } from "./upstream/upstream-link.ts";
import { legacyVersions } from "./upstream/way.ts";

export interface FederationOptions {
  readonly gateway: Gateway;
  readonly seal: SessionSeal;
  readonly shared: SharedSessions;
  readonly questions: OpenQuestions;
}

/**
 * Makes several upstreams look like one. It finds whom a request is for, rewrites names both ways and merges answers;
 * whether something may be done is decided by the gateway's steps, which every request to an upstream goes through.
 */
export class Federation implements Handlers {
  readonly #gateway: Gateway;
  readonly #sessions: RouteSessions;
  readonly #shared: SharedSessions;
  readonly #locals = new LocalSessions();
  readonly #eras = new EraMemory();
  readonly #names = new NameIndex();
  readonly #patience = new Patience();
  readonly #listening = new Set<string>();
  readonly #questions: OpenQuestions;

  constructor(options: FederationOptions) {
    this.#gateway = options.gateway;
    this.#shared = options.shared;
    this.#questions = options.questions;
    this.#sessions = new RouteSessions(options.seal);
  }

  /** The request with what its session remembers; undefined when that is none of this agent on this route. */
  inSession(request: AgentRequest): AgentRequest | undefined {
    const envelope = request.headers["mcp-session-id"];
    if (envelope === undefined) return request;
    const session = this.#sessions.open(request, envelope);
    if (!session) return undefined;
    const client = clientIn(session.profile);
    return client ? { ...request, client } : request;
  }

  async handleCall(call: Call, reply: Reply): Promise<Outcome> {
    const members = this.#membersOf(call, call.era);
    const parts = {
      members,
      names: this.#names,
      sessions: this.#sessions,
      patience: this.#patience,
      reply,
    };
    let outcome: Outcome | undefined;
    try {
      outcome = await handleByMembers(call, parts);
      if (outcome) return outcome;
      outcome = answerByItself(call);
    } catch (error) {
      this.#gateway.log.error({ err: error, callId: call.callId }, "a request crashed");
      outcome = { kind: "crashed" };
    }
    // What reached an upstream is recorded on its way there.
    await this.#gateway.audit.outcome(call, new Trail(), outcome);
    return outcome;
  }

  async handleDelivery(request: MessageRequest | AgentRequest): Promise<DeliveryOutcome> {
    const refusal = request.httpMethod === "DELETE" ? findSessionProblem(request) : undefined;
    if (refusal) return await this.#noted(request, refusal);
    const members = this.#membersOf(request, "era" in request ? request.era : "legacy");
    const member = findAddressee(request, members);
    if (member) return await deliverToOne(request, member);
    const own = findOwnAnswer(request);
    return own ? await this.#noted(request, own) : await deliverToAll(request, members);
  }

  /** What reached no upstream is recorded here. */
  async #noted(request: AgentRequest, outcome: OwnReceipt): Promise<DeliveryOutcome> {
    const { status, reason } = outcome;
    const word = status < 300 ? "dropped" : `refused (${status})`;
    await this.#gateway.audit.request(request, { outcome: word, ...(reason && { reason }) });
    return receipt(status, reason);
  }

  async handleStream(request: AgentRequest, reply: Reply): Promise<DeliveryOutcome> {
    const refusal = findSessionProblem(request);
    if (refusal) return await this.#noted(request, refusal);
    const members = this.#membersOf(request, "legacy");
    const point = decodeResumePoint(request.headers["last-event-id"]);
    if (point?.kind !== "single") {
      return await mergeStreams(request, members, { reply, from: point?.positions ?? new Map() });
    }
    const member = members.find(({ name }) => name === point.upstream);
    if (!member) {
      const reason = "the upstream of this stream is not on this route now";
      return await this.#noted(request, { status: 404, reason });
    }
    return await member.stream(member.replyTo(reply), point.lastEventId);
  }

  /** The route's upstreams, in its order, as this request reaches them. */
  #membersOf(request: AgentRequest, era: Era): readonly Member[] {
    const session = this.#sessionOf(request, era);
    const { route, config } = request;
    const parts = {
      gateway: this.#gateway,
      locals: this.#locals,
      shared: this.#shared,
      eras: this.#eras,
      questions: this.#questions,
      listening: this.#listening,
    };
    return route.upstreams.flatMap((name) => {
      const upstream = config.policy.upstreams.get(name);
      return upstream ? [new Member({ ...request, upstream }, session, parts)] : [];
    });
  }

  #sessionOf(request: AgentRequest & Partial<Pick<Call, "message">>, era: Era): AgentSession {
    const { headers, principal, route } = request;
    const envelope = era === "legacy" ? headers["mcp-session-id"] : undefined;
    const shared = { era, isShared: true, key: JSON.stringify([era, principal.agent, route.path]) };
    if (isInitialize(request)) {
      return { ...shared, session: { profile: profileIn(request), ways: new Map() } };
    }
    const session = envelope === undefined ? undefined : this.#sessions.open(request, envelope);
    if (envelope === undefined || !session) return { ...shared, session: noSession };
    const key = createHash("sha256").update(envelope).digest("base64url");
    return { era, isShared: false, key, session };
  }
}

/** What is wrong with a request that is about a session (GET, DELETE). */
function findSessionProblem({ headers }: AgentRequest): OwnReceipt | undefined {
  if ((headers["mcp-protocol-version"] ?? "") >= modernVersion) {
    const reason = `MCP ${modernVersion} has neither sessions nor streams of their own`;
    return { status: 405, reason };
  }
  const hasSession = headers["mcp-session-id"] !== undefined;
  return hasSession ? undefined : { status: 400, reason: "the header Mcp-Session-Id is missing" };
}

/** The refusal of a legacy revision that does not exist, where no upstream is there to say so (MCP 2025-06-18, transports). */
export function findUnspokenVersion({ route, headers }: AgentRequest): ProtocolError | undefined {
  const version = headers["mcp-protocol-version"];
  const isSpoken =
    version === undefined || version >= modernVersion || legacyVersions.includes(version);
  if (isSpoken || route.upstreams.length === 1) return undefined;
  const spoken = [modernVersion, ...legacyVersions].join(", ");
  const message = `protocol version ${version.slice(0, 40)} is not supported: use one of ${spoken}`;
  return { status: 400, code: jsonRpcCodes.invalidRequest, message };
}

/** What stands in a request to a route with several upstreams until one is chosen. Nothing can be sent to it. */
export function upstreamOf(
  { upstreams }: CompiledRoute,
  known: ReadonlyMap<string, CompiledUpstream>,
): CompiledUpstream | undefined {
  const [first] = upstreams.map((name) => known.get(name));
  if (!first || upstreams.length === 1) return first;
  const { credentials: _, ...others } = first;
  return { ...others, name: upstreams.join("+"), target: { kind: "http", url: "" } };
}

function isInitialize(request: Partial<Pick<Call, "message">>): request is Call {
  return request.message?.method === "initialize";
}
