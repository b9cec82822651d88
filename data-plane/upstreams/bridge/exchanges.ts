import type { IncomingMessage, ServerResponse } from "node:http";
import { classify } from "../../mcp/era.ts";
import {
  isNotification,
  isRequest,
  type JsonRpcMessage,
  type JsonRpcRequest,
  parseMessage,
} from "../../mcp/json-rpc.ts";
import { parsePrecisely } from "../../mcp/revise-json.ts";
import { ClientStream } from "./client-stream.ts";
import { readBody } from "./read-body.ts";
import { isRefusal, notReading, refuse, refuseForNow, tryLater } from "./refusal.ts";
import type { Message } from "./rewrite.ts";
import type { Session } from "./session.ts";
import type { SessionTable } from "./session-table.ts";

/** One HTTP request of a proxy. */
export interface Exchange {
  readonly upstream: string;
  /** For whom it is. */
  readonly agent: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const maxBodyBytes = 4 * 1024 * 1024;
/** The codes that the MCP SDKs use for sessions: their clients know them. */
const sessionCodes = { badRequest: -32_000, notFound: -32_001 } as const;

/** Answers the requests of proxies with what the sessions of their agents say. */
export class Exchanges {
  readonly #sessions: SessionTable;
  readonly #isStopping: () => boolean;

  constructor(sessions: SessionTable, isStopping: () => boolean) {
    this.#sessions = sessions;
    this.#isStopping = isStopping;
  }

  async answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    if (request.method === "POST") return await this.#receive(exchange);
    if (request.method !== "GET" && request.method !== "DELETE") {
      response.setHeader("allow", "POST, GET, DELETE");
      refuse(response, 405, "use POST, GET or DELETE");
      return;
    }
    const session = this.#sessionOf(exchange, null);
    if (!session) return;
    if (request.method === "GET") openListener(session, exchange);
    else {
      void session.end("was ended by its client");
      response.writeHead(204).end();
    }
  }

  async #receive(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
      refuse(response, 415, "the body must be application/json");
      return;
    }
    const body = await readBody(request, maxBodyBytes);
    if (!body) {
      response.setHeader("connection", "close");
      refuse(response, 413, `the body is larger than ${maxBodyBytes} bytes`);
      return;
    }
    const parsed = parseMessage(body);
    if (!parsed.ok) {
      const { id, message, code, status } = parsed.error;
      refuse(response, status, message, { id, code });
      return;
    }
    // One message is one line. In valid JSON line ends stand between values only.
    await this.#pass(parsed.message, body.toString("utf8").replaceAll(/[\r\n]+/g, " "), exchange);
  }

  async #pass(message: JsonRpcMessage, line: string, exchange: Exchange): Promise<void> {
    const { headers } = exchange.request;
    if (isRequest(message) && headers["mcp-session-id"] === undefined) {
      if (message.method === "initialize") return await this.#open(message, line, exchange);
      const era = classify(message, headers);
      if (era.ok && era.era === "modern") return await this.#ask(message, line, exchange);
    }
    const session = this.#sessionOf(exchange, isNotification(message) ? null : message.id);
    if (session) passTo(session, { message, line }, exchange);
  }

  async #open(message: JsonRpcRequest, line: string, exchange: Exchange): Promise<void> {
    const { response, upstream, agent } = exchange;
    if (this.#refusesNew(exchange, message)) return;
    const session = await this.#sessions.create(upstream, agent, message);
    if (isRefusal(session)) refuseForNow(response, session, message.id);
    else session.start(message, line, streamTo(exchange, session));
  }

  /** A request that belongs to no session (MCP 2026-07-28). */
  async #ask(message: JsonRpcRequest, line: string, exchange: Exchange): Promise<void> {
    const { response, upstream, agent } = exchange;
    if (this.#refusesNew(exchange, message)) return;
    const server = await this.#sessions.modern(upstream, agent);
    if (!server) this.#sessionOf(exchange, message.id);
    else if (isRefusal(server)) refuseForNow(response, server, message.id);
    else {
      const precise = parsePrecisely(line) as Message;
      server.request({ agent, message: precise, stream: streamTo(exchange) });
    }
  }

  #refusesNew({ response }: Exchange, { id }: JsonRpcRequest): boolean {
    if (!this.#isStopping()) return false;
    response.setHeader("retry-after", "10");
    refuse(response, 503, "the bridge is stopping; try again later", { id });
    return true;
  }

  /** Undefined: the request was refused. */
  #sessionOf({ upstream, agent, request, response }: Exchange, id: unknown): Session | undefined {
    const sessionId = request.headers["mcp-session-id"];
    if (typeof sessionId !== "string") {
      // A client of both eras takes this answer to server/discover as the sign to initialize.
      const code = sessionCodes.badRequest;
      refuse(response, 400, "Bad Request: initialize first, then send Mcp-Session-Id", {
        id,
        code,
      });
      return undefined;
    }
    const session = this.#sessions.find(sessionId, upstream, agent);
    if (session) return session;
    refuse(response, 404, "Session not found", { id, code: sessionCodes.notFound });
    return undefined;
  }
}

function passTo(
  session: Session,
  { message, line }: { readonly message: JsonRpcMessage; readonly line: string },
  exchange: Exchange,
): void {
  const { response, upstream } = exchange;
  if (isRequest(message) && message.method === "initialize") {
    refuse(response, 400, "the session is initialized already", { id: message.id });
  } else if (isRequest(message)) {
    session.request(message, line, streamTo(exchange, session));
  } else if (session.deliver(message, line)) response.writeHead(202).end();
  else refuse(response, tryLater, notReading(upstream));
}

function openListener(session: Session, exchange: Exchange): void {
  const stream = streamTo(exchange, session);
  if (!stream.acceptsStream) refuse(exchange.response, 406, "accept text/event-stream");
  else if (!session.listen(stream))
    refuse(exchange.response, 409, "the session has a stream already");
}

function streamTo({ request, response }: Exchange, session?: Session): ClientStream {
  return new ClientStream(response, {
    acceptsStream: /text\/event-stream|\*\/\*/i.test(request.headers.accept ?? ""),
    headers: session ? { "mcp-session-id": session.id } : {},
  });
}
