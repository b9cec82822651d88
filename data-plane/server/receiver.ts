import type { IncomingMessage } from "node:http";
import { newCallId } from "../../core/audit/call-id.ts";
import type { CallAudit } from "../audit/call-audit.ts";
import type { AgentRequest, Call, MessageRequest } from "../call/agent-request.ts";
import { CallCancelled } from "../call/call-cancelled.ts";
import { Federation, findUnspokenVersion } from "../federation/federation.ts";
import { directHandlers, type Handlers } from "../federation/handlers.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { DeliveryOutcome } from "../gateway/handle-delivery.ts";
import { type ClientInfo, clientIn } from "../mcp/client-info.ts";
import { modernVersion } from "../mcp/era.ts";
import {
  isNotification,
  isRequest,
  type JsonRpcMessage,
  type JsonRpcRequest,
  jsonRpcCodes,
  type ProtocolError,
} from "../mcp/json-rpc.ts";
import type { EndedSessions } from "../sessions/ended-sessions.ts";
import type { InFlightCalls } from "../sessions/in-flight.ts";
import type { OpenQuestions } from "../sessions/open-questions.ts";
import type { SessionHolder, SessionSeal } from "../sessions/session-seal.ts";
import type { SharedSessions } from "../sessions/shared-sessions.ts";
import { answer } from "./answer.ts";
import { BatchReply } from "./batch-reply.ts";
import { cancellationOf } from "./cancellation.ts";
import { findOwnCredential } from "./find-own-credential.ts";
import type { AnswerReply, HttpReply } from "./http-reply.ts";
import { inTrace } from "./in-trace.ts";
import { type OpenStreams, tooManyStreams } from "./open-streams.ts";
import { readMessage } from "./read-message.ts";
import { settle } from "./settle.ts";
import { subjectOf } from "./subject-of.ts";
import { noteTurnedAway, turnAway } from "./turn-away.ts";

export interface ReceiverOptions {
  readonly gateway: Gateway;
  readonly inFlight: InFlightCalls;
  readonly questions: OpenQuestions;
  readonly streams: Pick<OpenStreams, "add">;
  readonly seal: SessionSeal;
  readonly ended: Pick<EndedSessions, "has" | "end">;
  readonly shared: SharedSessions;
  readonly audit: Pick<CallAudit, "refusal">;
  readonly maxBodyBytes: number;
}

/** Turns an agent's HTTP request into a call, gives it to the gateway, and puts its outcome on the wire. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #direct: Handlers;
  readonly #federation: Federation;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#direct = directHandlers(options.gateway);
    this.#federation = new Federation(options);
  }

  async receive(
    accepted: AgentRequest,
    incoming: IncomingMessage,
    reply: HttpReply,
  ): Promise<void> {
    const { audit } = this.#options;
    const unspoken = findUnspokenVersion(accepted);
    if (unspoken) {
      turnAway(audit, { request: accepted, reply }, unspoken);
      return;
    }
    const request = this.#openSession(accepted, reply);
    if (!request) {
      turnAway(audit, { request: accepted, reply }, sessionNotFound);
      return;
    }
    const handlers = this.handlersOf(request);
    if (request.httpMethod === "GET") {
      const traced = inTrace(request);
      settle(await handlers.handleStream(traced, reply), traced, reply);
    } else if (request.httpMethod === "DELETE") {
      const outcome = await handlers.handleDelivery(inTrace(request));
      await this.#remember(accepted, outcome);
      settle(outcome, request, reply);
    } else await this.#receiveMessage(request, incoming, reply);
  }

  /** The request with the upstream's own session id; undefined when the session is not this agent's. */
  #openSession(request: AgentRequest, reply: HttpReply): AgentRequest | undefined {
    const { seal } = this.#options;
    const { route, headers } = request;
    const envelope = headers["mcp-session-id"];
    if ((headers["mcp-protocol-version"] ?? "") >= modernVersion) return withoutSession(request);
    if (envelope !== undefined && this.#options.ended.has(envelope)) return undefined;
    if (route.upstreams.length > 1) {
      reply.sealSession = (envelope) => envelope;
      const known = this.#federation.inSession(request);
      return known && inSession(known, envelope);
    }
    reply.sealSession = this.#sealing(request);
    if (envelope === undefined) return request;
    const session = seal.openWhole(envelope, holderOf(request));
    if (!session) return undefined;
    const { upstreamSession, client } = session;
    // A session has one id as long as it lives: what upstreams repeat with every answer is no other session.
    reply.sealSession = (other) =>
      other === upstreamSession ? envelope : seal.seal({ ...session, upstreamSession: other });
    const inner = { ...headers, "mcp-session-id": upstreamSession };
    return inSession({ ...request, headers: inner, ...(client && { client }) }, envelope);
  }

  /** Makes the session ids of an agent, which remember what its program says of itself. */
  #sealing(request: AgentRequest, client?: ClientInfo): (upstreamSession: string) => string {
    const holder = holderOf(request);
    return (upstreamSession) =>
      this.#options.seal.seal({ ...holder, upstreamSession, ...(client && { client }) });
  }

  /** What its agent ended has ended, whatever its upstream made of it, unless that cannot end sessions (405). */
  async #remember({ headers }: AgentRequest, outcome: DeliveryOutcome): Promise<void> {
    const envelope = headers["mcp-session-id"];
    const isRefused =
      outcome.kind === "denied" || (outcome.kind === "delivered" && outcome.receipt.status === 405);
    if (envelope !== undefined && !isRefused) await this.#options.ended.end(envelope);
  }

  async #receiveMessage(
    request: AgentRequest,
    incoming: IncomingMessage,
    reply: HttpReply,
  ): Promise<void> {
    const { audit, maxBodyBytes } = this.#options;
    const read = await readMessage(incoming, maxBodyBytes);
    if (!read) {
      noteTurnedAway(audit, request, "the agent left before its message had come");
      return;
    }
    if (!read.ok) {
      const headers = read.closes ? { connection: "close" } : {};
      turnAway(audit, { request, reply }, read.error, headers);
      return;
    }
    if (!read.isBatch) {
      // A modern answer never carries a session (MCP 2026-07-28).
      if (read.era === "modern") reply.sealSession = () => undefined;
      else if (request.route.upstreams.length === 1 && isInitialize(read.part.message)) {
        reply.sealSession = this.#sealing(request, clientIn(read.part.message.params));
      }
      await this.receiveOne({ ...request, ...read.part, era: read.era }, reply);
      return;
    }
    const batch = new BatchReply(reply);
    const received = read.parts.map((part) => ({ ...request, ...part, era: read.era }));
    await Promise.all(
      // Each part is a call of its own: decided, counted, held and recorded like any other.
      received.map((part) => {
        const way = isRequest(part.message) ? batch.part() : batch.receipt();
        return this.receiveOne({ ...part, callId: newCallId() }, way);
      }),
    );
    batch.end();
  }

  /** Takes one message that was read and checked. Resolves when it was answered. */
  async receiveOne(came: MessageRequest, reply: AnswerReply): Promise<void> {
    const request = inTrace(came);
    const { message } = request;
    const problem = findOwnCredential(request);
    if (problem) turnAway(this.#options.audit, { request, reply }, problem);
    else if (isRequest(message)) await this.#receiveCall({ ...request, message }, reply);
    else await this.#receiveDelivery(request, reply);
  }

  async #receiveCall(
    request: MessageRequest & { readonly message: JsonRpcRequest },
    reply: AnswerReply,
  ): Promise<void> {
    const { message } = request;
    const isListening = request.era === "modern" && message.method === "subscriptions/listen";
    const leave = isListening
      ? this.#options.streams.add({ request, reply, subscription: message })
      : () => {};
    if (!leave) {
      turnAway(this.#options.audit, { request, reply }, { ...tooManyStreams, id: message.id });
      return;
    }
    const cancellation = cancellationOf(request);
    const call: Call = {
      ...request,
      subject: subjectOf(request.message),
      signal: cancellation.signal,
    };
    const address = { ...addressOf(request), requestId: request.message.id };
    const remove = this.#options.inFlight.add(address, () =>
      cancellation.abort(new CallCancelled("the agent cancelled its call")),
    );
    try {
      answer(call, await this.handlersOf(call).handleCall(call, reply), reply);
    } finally {
      leave();
      remove();
    }
  }

  async #receiveDelivery(request: MessageRequest, reply: AnswerReply): Promise<void> {
    const outcome = await this.handlersOf(request).handleDelivery(request);
    const { message } = request;
    if (isNotification(message) && message.method === "notifications/cancelled") {
      const requestId = message.params?.["requestId"];
      if (typeof requestId === "string" || typeof requestId === "number") {
        await this.#options.inFlight.cancel({ ...addressOf(request), requestId });
      }
    }
    settle(outcome, request, reply);
  }

  /** What happens to a request depends on whether its route leads to one upstream or to several. */
  handlersOf({ route }: AgentRequest): Handlers {
    return route.upstreams.length > 1 ? this.#federation : this.#direct;
  }
}

/** The client then begins a new one (MCP 2025-11-25, Streamable HTTP, session management). */
const sessionNotFound: ProtocolError = {
  status: 404,
  code: jsonRpcCodes.sessionNotFound,
  message: "Session not found",
};

/** The modern era has no sessions: an id that comes all the same means nothing (MCP 2026-07-28). */
function inSession(request: AgentRequest, envelope: string | undefined): AgentRequest {
  return envelope === undefined ? request : { ...request, session: envelope };
}

function withoutSession(request: AgentRequest): AgentRequest {
  const { "mcp-session-id": _, ...headers } = request.headers;
  return { ...request, headers };
}

function isInitialize(message: JsonRpcMessage): message is JsonRpcRequest {
  return isRequest(message) && message.method === "initialize";
}

function holderOf({ principal, route, upstream }: AgentRequest): SessionHolder {
  return { agent: principal.agent, route: route.path, upstream: upstream.name };
}

function addressOf({ principal, route, headers }: AgentRequest) {
  return { principal, route: route.path, session: headers["mcp-session-id"] ?? "" };
}
