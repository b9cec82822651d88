import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { newCallId } from "../../core/audit/call-id.ts";
import { PeerError } from "../../core/redis/peers/peer-error.ts";
import type { PeerLink } from "../../core/redis/peers/peer-link.ts";
import type { Logger } from "../../core/service/log.ts";
import type { CallAudit } from "../audit/call-audit.ts";
import type { AgentRequest } from "../call/agent-request.ts";
import type { RuntimeConfig } from "../config/runtime-config.ts";
import { upstreamOf } from "../federation/federation.ts";
import { type ClientInfo, clientIn } from "../mcp/client-info.ts";
import { isRequest, jsonRpcCodes, type ProtocolError, parseMessage } from "../mcp/json-rpc.ts";
import type { SessionSeal } from "../sessions/session-seal.ts";
import type { AnswerReply, HttpReply } from "./http-reply.ts";
import { readBody } from "./read-body.ts";
import type { Receiver } from "./receiver.ts";
import { gatewayCodes } from "./refusal.ts";
import { turnAway } from "./turn-away.ts";

export interface OldSseOptions {
  readonly config: () => RuntimeConfig | undefined;
  readonly peers: PeerLink;
  readonly seal: SessionSeal;
  readonly receiver: Pick<Receiver, "receiveOne" | "handlersOf">;
  readonly audit: Pick<CallAudit, "refusal">;
  readonly maxBodyBytes: number;
  readonly log: Logger;
}

interface OldSession {
  readonly request: AgentRequest;
  readonly reply: HttpReply;
  /** Of the upstream, once it has given one. */
  upstreamSession: string | undefined;
  /** What the agent's program said of itself. */
  client: ClientInfo | undefined;
}

/** Who sent a message: as the proxy that took it knows, which may not be the one that holds the stream. */
type Sender = Pick<AgentRequest, "principal" | "clientAddress">;

/** What follows the route's path: the stream, and where messages go. */
export const oldSsePaths = { stream: "/sse", messages: "/messages" } as const;

const maxSessions = 2_000;
/** What exchanges between proxies are about when one holds the stream of an agent. */
const oldSseMessage = "old-sse-message";

/**
 * Serves agents of revision 2024-11-05 (HTTP+SSE): one stream for everything that comes, one address for everything
 * that goes. The stream lives in one proxy; a message that reaches another is handed to it.
 * Behind it, the agent is one of Streamable HTTP.
 */
export class OldSse {
  readonly #options: OldSseOptions;
  readonly #sessions = new Map<string, OldSession>();

  constructor(options: OldSseOptions) {
    this.#options = options;
    options.peers.serve(oldSseMessage, async (id, exchange) => {
      const [body, sender] = (await exchange.next()) as [string, Sender];
      await exchange.send(this.#take(String(id), Buffer.from(body), sender));
    });
  }

  /** Opens the stream and names the address for messages. Resolves when the stream ends. */
  async open(request: AgentRequest, reply: HttpReply): Promise<void> {
    if (this.#sessions.size >= maxSessions) {
      const message = "this proxy has too many sessions: try again later";
      const error = { status: 503, code: jsonRpcCodes.internalError, message };
      turnAway(this.#options.audit, { request, reply }, error);
      return;
    }
    const id = randomUUID();
    const inSession = { ...request, session: id };
    const session: OldSession = {
      request: inSession,
      reply,
      upstreamSession: undefined,
      client: undefined,
    };
    this.#sessions.set(id, session);
    request.signal.addEventListener("abort", () => this.#sessions.delete(id), { once: true });
    reply.openStream();
    const owned = `${this.#options.peers.name} ${id}`;
    const token = this.#options.seal.seal({ ...ownerOf(request), upstreamSession: owned });
    const messages = request.route.path + oldSsePaths.messages;
    await reply.send({ event: "endpoint", data: `${messages}?session=${token}` });
    await new Promise((resolve) =>
      request.signal.addEventListener("abort", resolve, { once: true }),
    );
    // The stream was the session: with it the upstream's ends too.
    if (session.upstreamSession !== undefined) {
      const { headers } = forUpstream(session);
      const ending = { ...request, headers, httpMethod: "DELETE" as const };
      await this.#options.receiver.handlersOf(ending).handleDelivery(ending);
    }
  }

  /** Takes one message of the agent: accepted here, answered on the stream. */
  async receive(request: AgentRequest, incoming: IncomingMessage, reply: HttpReply): Promise<void> {
    const token = new URL(incoming.url ?? "/", "http://gateway").searchParams.get("session") ?? "";
    const owned = this.#options.seal.open(token, ownerOf(request));
    const { audit, maxBodyBytes } = this.#options;
    const read = await readBody(incoming, maxBodyBytes);
    const way = { request, reply };
    if (!read.ok) {
      const message = `the body is larger than ${maxBodyBytes} bytes`;
      turnAway(audit, way, { status: 413, code: jsonRpcCodes.invalidRequest, message });
      return;
    }
    const parsed = parseMessage(read.body);
    if (!parsed.ok) {
      turnAway(audit, way, parsed.error);
      return;
    }
    const { principal, clientAddress } = request;
    const sender = { principal, clientAddress };
    const handed = owned === undefined ? "nobody" : await this.#hand(owned, read.body, sender);
    if (handed === "taken") reply.sendJson(202, "");
    else turnAway(audit, way, handed === "nobody" ? sessionNotFound : unreachable);
  }

  /** Gives a message to the proxy that holds the stream. */
  async #hand(
    owned: string,
    body: Buffer,
    sender: Sender,
  ): Promise<"taken" | "nobody" | "unknown"> {
    const { peers } = this.#options;
    const [holder = "", id = ""] = owned.split(" ");
    if (holder === peers.name) return this.#take(id, body, sender) ? "taken" : "nobody";
    try {
      const exchange = await peers.open(holder, oldSseMessage, id);
      await exchange.send([body.toString("utf8"), sender]);
      return (await exchange.next()) === true ? "taken" : "nobody";
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      return error.kind === "gone" ? "nobody" : "unknown";
    }
  }

  #take(id: string, body: Buffer, sender: Sender): boolean {
    const session = this.#sessions.get(id);
    const parsed = parseMessage(body);
    const current = session && this.#asOfNow(session.request);
    if (!session || !current || !parsed.ok) return false;
    const { message } = parsed;
    const { client } = session;
    const known = { ...current, ...sender, ...(client && { client }) };
    const request = { ...known, ...forUpstream(session), message, body };
    const opensSession = isRequest(message) && message.method === "initialize";
    if (opensSession) session.client = clientIn(message.params);
    // The stream stays: what the answer holds is given back when it was sent on it.
    const sent = new AbortController();
    const connection = AbortSignal.any([request.connection, sent.signal]);
    const reply = replyInto(session, () => sent.abort());
    const asOne = {
      connection,
      callId: newCallId(),
      receivedAt: Date.now(),
      era: "legacy" as const,
    };
    this.#options.receiver
      .receiveOne({ ...request, ...asOne }, reply)
      .then(() => (opensSession ? this.#listen(session) : undefined))
      .catch((error: unknown) => this.#options.log.error({ err: error }, "a message crashed"));
    return true;
  }

  /** A stream may be open for days: each message is judged by the policy of its own moment. */
  #asOfNow(request: AgentRequest): AgentRequest | undefined {
    const config = this.#options.config();
    const route = config?.policy.routes.get(request.route.path);
    if (!config || !route) return undefined;
    const upstream = upstreamOf(route, config.policy.upstreams);
    return upstream && { ...request, config, route, upstream };
  }

  /** Brings what the upstream says on its own to the agent's one stream. */
  async #listen(session: OldSession): Promise<void> {
    const request = { ...session.request, ...forUpstream(session), httpMethod: "GET" as const };
    await this.#options.receiver.handlersOf(request).handleStream(request, replyInto(session));
  }
}

const sessionNotFound: ProtocolError = {
  status: 404,
  code: jsonRpcCodes.sessionNotFound,
  message: "Session not found",
};

/** The stream may be alive and the message taken: the agent decides whether to send it again. */
const unreachable: ProtocolError = {
  status: 503,
  code: gatewayCodes.unavailable,
  message: "the proxy that holds the stream of this session did not confirm the message",
};

/** A token of this transport is no session id of Streamable HTTP, nor the other way round. */
function ownerOf({ principal, route, upstream }: AgentRequest) {
  const { agent } = principal;
  return { agent, route: `${route.path}${oldSsePaths.stream}`, upstream: upstream.name };
}

function forUpstream({ request, upstreamSession }: OldSession) {
  const { "last-event-id": _, ...headers } = request.headers;
  return {
    httpMethod: "POST" as const,
    headers: {
      ...headers,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...(upstreamSession !== undefined && { "mcp-session-id": upstreamSession }),
    },
  };
}

/** Everything that would answer an HTTP request goes to the one stream instead. */
function replyInto(session: OldSession, onAnswered: () => void = () => {}): AnswerReply {
  const { reply } = session;
  const send = (data: string | undefined) =>
    data ? reply.send({ event: "message", data }) : Promise.resolve();
  const note = (headers: Readonly<Record<string, string>> = {}) => {
    session.upstreamSession ??= headers["mcp-session-id"];
  };
  return {
    isStream: false,
    openStream: note,
    send: ({ data }) => send(data),
    endStream: (event) => void send(event?.data).finally(onAnswered),
    sendJson: (_status, body, headers) => {
      note(headers);
      void send(body.toString()).finally(onAnswered);
    },
  };
}
