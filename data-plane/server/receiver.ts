import type { IncomingMessage } from "node:http";
import { newCallId } from "../../core/audit/call-id.ts";
import type { CallAudit } from "../audit/call-audit.ts";
import type { AgentRequest, Call, MessageRequest } from "../call/agent-request.ts";
import { CallCancelled } from "../call/call-cancelled.ts";
import { Federation, findUnspokenVersion } from "../federation/federation.ts";
import { directHandlers, type Handlers } from "../federation/handlers.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { DeliveryOutcome } from "../gateway/handle-delivery.ts";
import { modernVersion } from "../mcp/era.ts";
import { isNotification, isRequest, type JsonRpcRequest, jsonRpcCodes } from "../mcp/json-rpc.ts";
import type { EndedSessions } from "../sessions/ended-sessions.ts";
import type { InFlightCalls } from "../sessions/in-flight.ts";
import type { OpenQuestions } from "../sessions/open-questions.ts";
import type { SessionSeal } from "../sessions/session-seal.ts";
import type { SharedSessions } from "../sessions/shared-sessions.ts";
import { answer, refuse } from "./answer.ts";
import { BatchReply } from "./batch-reply.ts";
import { findOwnCredential } from "./find-own-credential.ts";
import type { AnswerReply, HttpReply } from "./http-reply.ts";
import { type OpenStreams, tooManyStreams } from "./open-streams.ts";
import { readMessage } from "./read-message.ts";
import { settle } from "./settle.ts";
import { subjectOf } from "./subject-of.ts";

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
    const unspoken = findUnspokenVersion(accepted);
    if (unspoken) {
      refuse(reply, unspoken);
      return;
    }
    const request = this.#openSession(accepted, reply);
    if (!request) {
      // The client then begins a new one (MCP 2025-11-25, Streamable HTTP, session management).
      refuse(reply, {
        status: 404,
        code: jsonRpcCodes.sessionNotFound,
        message: "Session not found",
      });
      return;
    }
    const handlers = this.handlersOf(request);
    if (request.httpMethod === "GET") {
      settle(await handlers.handleStream(request, reply), request, reply);
    } else if (request.httpMethod === "DELETE") {
      const outcome = await handlers.handleDelivery(request);
      await this.#remember(accepted, outcome);
      settle(outcome, request, reply);
    } else await this.#receiveMessage(request, incoming, reply);
  }

  /** The request with the upstream's own session id; undefined when the session is not this agent's. */
  #openSession(request: AgentRequest, reply: HttpReply): AgentRequest | undefined {
    const { seal } = this.#options;
    const { principal, route, upstream, headers } = request;
    const envelope = headers["mcp-session-id"];
    if ((headers["mcp-protocol-version"] ?? "") >= modernVersion) return withoutSession(request);
    if (envelope !== undefined && this.#options.ended.has(envelope)) return undefined;
    if (route.upstreams.length > 1) {
      reply.sealSession = (envelope) => envelope;
      return this.#federation.knowsSession(request) ? request : undefined;
    }
    const owner = { agent: principal.agent, route: route.path, upstream: upstream.name };
    reply.sealSession = (upstreamSession) => seal.seal({ ...owner, upstreamSession });
    if (envelope === undefined) return request;
    const session = seal.open(envelope, owner);
    // A session has one id as long as it lives: what upstreams repeat with every answer is no other session.
    reply.sealSession = (upstreamSession) =>
      upstreamSession === session ? envelope : seal.seal({ ...owner, upstreamSession });
    return session === undefined
      ? undefined
      : { ...request, headers: { ...headers, "mcp-session-id": session } };
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
    const read = await readMessage(incoming, this.#options.maxBodyBytes);
    if (!read) return;
    if (!read.ok) {
      this.#options.audit.refusal({
        event: "request.refused",
        route: request.route.path,
        clientAddress: request.clientAddress,
        agent: request.principal.agent,
        reason: read.error.message,
      });
      refuse(reply, read.error, read.closes ? { connection: "close" } : {});
      return;
    }
    if (!read.isBatch) {
      // A modern answer never carries a session (MCP 2026-07-28).
      if (read.era === "modern") reply.sealSession = () => undefined;
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
  async receiveOne(request: MessageRequest, reply: AnswerReply): Promise<void> {
    const { message } = request;
    const problem = findOwnCredential(request);
    if (problem) {
      this.#options.audit.refusal({
        event: "request.refused",
        route: request.route.path,
        clientAddress: request.clientAddress,
        agent: request.principal.agent,
        reason: problem.message,
      });
      refuse(reply, problem);
    } else if (isRequest(message)) await this.#receiveCall({ ...request, message }, reply);
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
      refuse(reply, { ...tooManyStreams, id: message.id });
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

/** The modern era has no sessions: an id that comes all the same means nothing (MCP 2026-07-28). */
function withoutSession(request: AgentRequest): AgentRequest {
  const { "mcp-session-id": _, ...headers } = request.headers;
  return { ...request, headers };
}

/**
 * When the agent no longer wants its answer: in the modern era closing the connection says so,
 * in the legacy era only `notifications/cancelled` does (MCP 2025-11-25, Streamable HTTP).
 */
function cancellationOf({ era, signal }: MessageRequest): AbortController {
  const cancellation = new AbortController();
  if (era === "modern") {
    const onClosed = () => cancellation.abort(signal.reason);
    if (signal.aborted) onClosed();
    else signal.addEventListener("abort", onClosed, { once: true });
  }
  return cancellation;
}

function addressOf({ principal, route, headers }: AgentRequest) {
  return { principal, route: route.path, session: headers["mcp-session-id"] ?? "" };
}
