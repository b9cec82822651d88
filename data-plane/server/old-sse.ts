import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import type { AgentRequest } from "../call/agent-request.ts";
import { isRequest, jsonRpcCodes, parseMessage } from "../mcp/json-rpc.ts";
import type { SessionSeal } from "../sessions/session-seal.ts";
import { refuse } from "./answer.ts";
import type { AnswerReply, HttpReply } from "./http-reply.ts";
import { readBody } from "./read-body.ts";
import type { Receiver } from "./receiver.ts";

export interface OldSseOptions {
  readonly proxyId: string;
  readonly seal: SessionSeal;
  readonly receiver: Pick<Receiver, "receiveOne" | "handlersOf">;
  readonly publisher: Redis;
  readonly subscriber: Redis;
  readonly maxBodyBytes: number;
  readonly log: Logger;
}

interface OldSession {
  readonly request: AgentRequest;
  readonly reply: HttpReply;
  /** Of the upstream, once it has given one. */
  upstreamSession: string | undefined;
}

/** What follows the route's path: the stream, and where messages go. */
export const oldSsePaths = { stream: "/sse", messages: "/messages" } as const;

const maxSessions = 2_000;

/**
 * Serves agents of revision 2024-11-05 (HTTP+SSE): one stream for everything that comes, one address for everything
 * that goes. The stream lives in one proxy; a message that reaches another is handed to it through Redis.
 * Behind it, the agent is one of Streamable HTTP.
 */
export class OldSse {
  readonly #options: OldSseOptions;
  readonly #sessions = new Map<string, OldSession>();

  constructor(options: OldSseOptions) {
    this.#options = options;
    const channel = redisKeys.oldSseChannel(options.proxyId);
    void options.subscriber.subscribe(channel).catch(() => {});
    options.subscriber.on("message", (from: string, text: string) => {
      if (from !== channel) return;
      const [id = "", body = ""] = JSON.parse(text) as string[];
      this.#take(id, Buffer.from(body, "utf8"));
    });
  }

  /** Opens the stream and names the address for messages. Resolves when the stream ends. */
  async open(request: AgentRequest, reply: HttpReply): Promise<void> {
    if (this.#sessions.size >= maxSessions) {
      const message = "this proxy has too many sessions: try again later";
      refuse(reply, { status: 503, code: jsonRpcCodes.internalError, message });
      return;
    }
    const id = randomUUID();
    const session: OldSession = { request, reply, upstreamSession: undefined };
    this.#sessions.set(id, session);
    request.signal.addEventListener("abort", () => this.#sessions.delete(id), { once: true });
    reply.openStream();
    const owned = `${this.#options.proxyId} ${id}`;
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
    const read = await readBody(incoming, this.#options.maxBodyBytes);
    if (!read.ok) {
      const message = `the body is larger than ${this.#options.maxBodyBytes} bytes`;
      refuse(reply, { status: 413, code: jsonRpcCodes.invalidRequest, message });
      return;
    }
    const parsed = parseMessage(read.body);
    if (!parsed.ok) {
      refuse(reply, parsed.error);
      return;
    }
    const isAlive = owned !== undefined && (await this.#hand(owned, read.body));
    if (isAlive) reply.sendJson(202, "");
    else {
      const message = "Session not found";
      refuse(reply, { status: 404, code: jsonRpcCodes.sessionNotFound, message });
    }
  }

  /** Gives a message to the proxy that holds the stream. False when nobody does. */
  async #hand(owned: string, body: Buffer): Promise<boolean> {
    const [proxyId = "", id = ""] = owned.split(" ");
    if (proxyId === this.#options.proxyId) return this.#take(id, body);
    const message = JSON.stringify([id, body.toString("utf8")]);
    const heard = await this.#options.publisher.publish(redisKeys.oldSseChannel(proxyId), message);
    return heard > 0;
  }

  #take(id: string, body: Buffer): boolean {
    const session = this.#sessions.get(id);
    const parsed = parseMessage(body);
    if (!session || !parsed.ok) return false;
    const { message } = parsed;
    const request = { ...session.request, ...forUpstream(session), message, body };
    const opensSession = isRequest(message) && message.method === "initialize";
    const reply = replyInto(session);
    this.#options.receiver
      .receiveOne(
        { ...request, callId: randomUUID(), receivedAt: Date.now(), era: "legacy" },
        reply,
      )
      .then(() => (opensSession ? this.#listen(session) : undefined))
      .catch((error: unknown) => this.#options.log.error({ err: error }, "a message crashed"));
    return true;
  }

  /** Brings what the upstream says on its own to the agent's one stream. */
  async #listen(session: OldSession): Promise<void> {
    const request = { ...session.request, ...forUpstream(session), httpMethod: "GET" as const };
    await this.#options.receiver.handlersOf(request).handleStream(request, replyInto(session));
  }
}

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
function replyInto(session: OldSession): AnswerReply {
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
    endStream: (event) => void send(event?.data),
    sendJson: (_status, body, headers) => {
      note(headers);
      void send(body.toString());
    },
  };
}
