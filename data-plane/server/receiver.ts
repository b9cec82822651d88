import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { CallAudit } from "../audit/call-audit.ts";
import type { AgentRequest, Call, MessageRequest, ToolCall } from "../call/agent-request.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { type DeliveryOutcome, handleDelivery, handleStream } from "../gateway/handle-delivery.ts";
import { handleRequest } from "../gateway/handle-request.ts";
import { handleToolCall } from "../gateway/handle-tool-call.ts";
import { classify } from "../mcp/era.ts";
import {
  isNotification,
  isObject,
  isRequest,
  type JsonRpcMessage,
  type JsonRpcRequest,
  jsonRpcCodes,
  looksLikeBatch,
  type ProtocolError,
  parseBatch,
  parseMessage,
} from "../mcp/json-rpc.ts";
import { CallCancelled, type InFlightCalls } from "../sessions/in-flight.ts";
import type { SessionSeal } from "../sessions/session-seal.ts";
import { answer, gatewayCodes, refuse } from "./answer.ts";
import { BatchReply } from "./batch-reply.ts";
import type { AnswerReply, HttpReply } from "./http-reply.ts";
import { readBody } from "./read-body.ts";
import { subjectOf } from "./subject-of.ts";

export interface ReceiverOptions {
  readonly gateway: Gateway;
  readonly inFlight: InFlightCalls;
  readonly seal: SessionSeal;
  readonly audit: Pick<CallAudit, "refusal">;
  readonly maxBodyBytes: number;
}

/** Turns an agent's HTTP request into a call, gives it to the gateway, and puts its outcome on the wire. */
export class Receiver {
  readonly #options: ReceiverOptions;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  async receive(
    accepted: AgentRequest,
    incoming: IncomingMessage,
    reply: HttpReply,
  ): Promise<void> {
    const { gateway } = this.#options;
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
    if (request.httpMethod === "GET") {
      settle(await handleStream(request, gateway, reply), request, reply);
    } else if (request.httpMethod === "DELETE") {
      settle(await handleDelivery(request, gateway), request, reply);
    } else await this.#receiveMessage(request, incoming, reply);
  }

  /** The request with the upstream's own session id; undefined when the session is not this agent's. */
  #openSession(request: AgentRequest, reply: HttpReply): AgentRequest | undefined {
    const { seal } = this.#options;
    const { principal, route, upstream, headers } = request;
    const owner = { agent: principal.agent, route: route.path, upstream: upstream.name };
    reply.sealSession = (upstreamSession) => seal.seal({ ...owner, upstreamSession });
    const envelope = headers["mcp-session-id"];
    if (envelope === undefined) return request;
    const session = seal.open(envelope, owner);
    return session === undefined
      ? undefined
      : { ...request, headers: { ...headers, "mcp-session-id": session } };
  }

  async #receiveMessage(
    request: AgentRequest,
    incoming: IncomingMessage,
    reply: HttpReply,
  ): Promise<void> {
    const read = await this.#readMessage(incoming);
    if (!read) return;
    if (!read.ok) {
      await this.#options.audit.refusal({
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
      received.map((part) => this.receiveOne({ ...part, callId: randomUUID() }, batch.part())),
    );
    batch.end();
  }

  /** Takes one message that was read and checked. Resolves when it was answered. */
  async receiveOne(request: MessageRequest, reply: AnswerReply): Promise<void> {
    const { message } = request;
    if (isRequest(message)) await this.#receiveCall({ ...request, message }, reply);
    else await this.#receiveDelivery(request, reply);
  }

  async #readMessage(incoming: IncomingMessage): Promise<ReadResult | undefined> {
    const type = incoming.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") {
      return refusedMessage(
        415,
        jsonRpcCodes.invalidRequest,
        "send Content-Type: application/json",
      );
    }
    const { maxBodyBytes } = this.#options;
    const read = await readBody(incoming, maxBodyBytes);
    if (!read.ok) {
      if (read.reason === "aborted") return undefined;
      const message = `the body is larger than ${maxBodyBytes} bytes`;
      return { ...refusedMessage(413, jsonRpcCodes.invalidRequest, message), closes: true };
    }
    return isBatchAllowed(incoming) && looksLikeBatch(read.body)
      ? takeBatch(read.body)
      : takeMessage(read.body, incoming);
  }

  async #receiveCall(
    request: MessageRequest & { readonly message: JsonRpcRequest },
    reply: AnswerReply,
  ): Promise<void> {
    const { gateway, inFlight } = this.#options;
    const cancellation = new AbortController();
    const call: Call = {
      ...request,
      subject: subjectOf(request.message),
      signal: signalOf(request, cancellation.signal),
    };
    const remove = inFlight.add({ ...addressOf(request), requestId: request.message.id }, () =>
      cancellation.abort(new CallCancelled("the agent cancelled its call")),
    );
    try {
      const outcome =
        call.subject.kind === "tool"
          ? await handleToolCall(toToolCall(call), gateway, reply)
          : await handleRequest(call, gateway, reply);
      answer(call, outcome, reply);
    } finally {
      remove();
    }
  }

  async #receiveDelivery(request: MessageRequest, reply: AnswerReply): Promise<void> {
    const outcome = await handleDelivery(request, this.#options.gateway);
    const { message } = request;
    if (isNotification(message) && message.method === "notifications/cancelled") {
      const requestId = message.params?.["requestId"];
      if (typeof requestId === "string" || typeof requestId === "number") {
        await this.#options.inFlight.cancel({ ...addressOf(request), requestId });
      }
    }
    settle(outcome, request, reply);
  }
}

interface Part {
  readonly message: JsonRpcMessage;
  readonly body: Buffer;
}

type ReadResult =
  | { ok: true; isBatch: false; part: Part; era: MessageRequest["era"] }
  | { ok: true; isBatch: true; parts: readonly Part[]; era: MessageRequest["era"] }
  | { ok: false; error: ProtocolError; closes: boolean };

function takeMessage(body: Buffer, incoming: IncomingMessage): ReadResult {
  const parsed = parseMessage(body);
  if (!parsed.ok) return { ok: false, error: parsed.error, closes: false };
  const { message } = parsed;
  const classified = classify(message, incoming.headers);
  if (!classified.ok) return { ok: false, error: classified.error, closes: false };
  return { ok: true, isBatch: false, part: { message, body }, era: classified.era };
}

function takeBatch(body: Buffer): ReadResult {
  const parsed = parseBatch(body);
  return parsed.ok
    ? { ok: true, isBatch: true, parts: parsed.parts, era: "legacy" }
    : { ok: false, error: parsed.error, closes: false };
}

/** Only one revision has batches, and it is the one that is meant when none is named. */
function isBatchAllowed({ headers }: IncomingMessage): boolean {
  const version = headers["mcp-protocol-version"];
  return version === undefined || version === "2025-03-26";
}

function refusedMessage(status: number, code: number, message: string) {
  return { ok: false as const, error: { status, code, message }, closes: false };
}

/**
 * When the agent no longer wants its answer: in the modern era closing the connection says so,
 * in the legacy era only `notifications/cancelled` does (MCP 2025-11-25, Streamable HTTP).
 */
function signalOf(request: MessageRequest, cancelled: AbortSignal): AbortSignal {
  return request.era === "modern" ? AbortSignal.any([request.signal, cancelled]) : cancelled;
}

function addressOf({ principal, route, headers }: AgentRequest) {
  return { principal, route: route.path, session: headers["mcp-session-id"] ?? "" };
}

function toToolCall(call: Call): ToolCall {
  const args = call.message.params?.["arguments"];
  return { ...call, tool: call.subject.name, arguments: isObject(args) ? args : {} };
}

/** Answers what has no JSON-RPC answer: with what the upstream said to it. */
function settle(outcome: DeliveryOutcome, request: AgentRequest, reply: AnswerReply): void {
  if (outcome.kind === "streamed") reply.endStream();
  else if (outcome.kind === "delivered") {
    const { status, headers, body } = outcome.receipt;
    reply.sendJson(status, body, headers);
  } else if (reply.isStream) reply.endStream();
  else {
    const isDenied = outcome.kind === "denied";
    const reason = "reason" in outcome ? outcome.reason : "it could not be delivered";
    refuse(reply, {
      status: isDenied ? 403 : 502,
      code: isDenied ? gatewayCodes.denied : gatewayCodes.upstreamFailed,
      message: `${request.upstream.name}: ${reason}`,
    });
  }
}
