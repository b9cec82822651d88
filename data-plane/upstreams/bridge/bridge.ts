import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { digestToken } from "../../../core/secrets/tokens.ts";
import type { Logger } from "../../../core/service/log.ts";
import {
  isNotification,
  isRequest,
  type JsonRpcMessage,
  type JsonRpcRequest,
  parseMessage,
} from "../../mcp/json-rpc.ts";
import type { BridgeSession } from "./bridge-session.ts";
import { ClientStream } from "./client-stream.ts";
import { readBody } from "./read-body.ts";
import { refuse } from "./refusal.ts";
import { type SessionLimits, SessionTable } from "./session-table.ts";

export interface BridgeOptions {
  readonly host: string;
  readonly port: number;
  /** What clients must show: see `bridgeToken`. */
  readonly token: string;
  /** Of the server processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SessionLimits;
  readonly log: Logger;
}

const maxBodyBytes = 4 * 1024 * 1024;
const finishWithinMs = 5_000;
const httpLimits = {
  headersTimeout: 10_000,
  /** For receiving a request; answers may take as long as they need. */
  requestTimeout: 30_000,
  /** Long, so that proxies close idle connections first: a request must not meet one that is closing. */
  keepAliveTimeout: 75_000,
  maxHeaderSize: 16 * 1024,
  noDelay: true,
};
/** The codes that the MCP SDKs use for sessions: their clients know them. */
const sessionCodes = { badRequest: -32_000, notFound: -32_001 } as const;

interface Exchange {
  readonly upstream: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Serves stdio servers as Streamable HTTP at /<upstream name>: one process for each session. */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #tokenDigest: Buffer;
  readonly #server: Server;
  readonly #sessions: SessionTable;
  #isStopping = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#tokenDigest = digestToken(`Bearer ${options.token}`);
    this.#sessions = new SessionTable(options);
    this.#server = createServer(httpLimits, (request, response) =>
      this.#onRequest(request, response),
    );
  }

  /** Process ids of the servers that run. */
  get pids(): readonly number[] {
    return this.#sessions.pids;
  }

  /** Returns the bound port. */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) =>
        reject(new Error(`cannot listen on ${host}:${port}`, { cause })),
      );
      this.#server.listen({ host, port }, () => {
        const address = this.#server.address();
        resolve(typeof address === "object" && address ? address.port : port);
      });
    });
  }

  /** Serves these commands from now on, by upstream name. Sessions of the others end. */
  serve(commands: ReadonlyMap<string, readonly string[]>): void {
    this.#sessions.replaceCommands(commands);
  }

  /** Gives open requests a moment, then ends every server process. */
  async close(): Promise<void> {
    this.#isStopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadline = Date.now() + finishWithinMs;
    while (this.#sessions.openRequests > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this.#sessions.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === "/livez" || request.url === "/readyz") {
      response.writeHead(this.#isStopping ? 503 : 200, { "content-type": "text/plain" });
      response.end(this.#isStopping ? "stopping\n" : "ok\n");
      return;
    }
    if (!this.#isAuthorized(request)) {
      response.setHeader("www-authenticate", "Bearer");
      refuse(response, 401, "the bridge wants the token that its proxies have");
      return;
    }
    const upstream = upstreamOf(request.url ?? "/");
    if (upstream === undefined || !this.#sessions.serves(upstream)) {
      refuse(response, 404, "the policy has no command of this name");
      return;
    }
    this.#answer({ upstream, request, response }).catch((error: unknown) => {
      // A client that goes away while it sends is no crash.
      if (request.complete) this.#options.log.error({ err: error }, "a request crashed");
      response.destroy();
    });
  }

  /** In constant time, on digests: neither the token nor its length can be guessed step by step. */
  #isAuthorized({ headers }: IncomingMessage): boolean {
    return timingSafeEqual(digestToken(headers.authorization ?? ""), this.#tokenDigest);
  }

  async #answer(exchange: Exchange): Promise<void> {
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
    this.#pass(parsed.message, body.toString("utf8").replaceAll(/[\r\n]+/g, " "), exchange);
  }

  #pass(message: JsonRpcMessage, line: string, exchange: Exchange): void {
    const { request, response } = exchange;
    const opensSession = isRequest(message) && message.method === "initialize";
    if (opensSession && request.headers["mcp-session-id"] === undefined) {
      this.#open(message, line, exchange);
      return;
    }
    const id = isNotification(message) ? null : message.id;
    const session = this.#sessionOf(exchange, id);
    if (!session) return;
    if (opensSession) {
      refuse(response, 400, "the session is initialized already", { id });
    } else if (isRequest(message)) {
      session.request(message, line, streamTo(exchange, session));
    } else if (session.deliver(line)) response.writeHead(202).end();
    else refuse(response, 503, "the server has stopped reading");
  }

  #open(message: JsonRpcRequest, line: string, exchange: Exchange): void {
    const { response, upstream } = exchange;
    const session = this.#isStopping ? "full" : this.#sessions.create(upstream);
    if (session === "full") {
      response.setHeader("retry-after", "10");
      const why = this.#isStopping
        ? "the bridge is stopping"
        : "the bridge runs as many sessions as it may";
      refuse(response, 503, `${why}; try again later`, { id: message.id });
      return;
    }
    session.start(message, line, streamTo(exchange, session));
  }

  /** Undefined: the request was refused. */
  #sessionOf({ upstream, request, response }: Exchange, id: unknown): BridgeSession | undefined {
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
    const session = this.#sessions.find(sessionId, upstream);
    if (session) return session;
    refuse(response, 404, "Session not found", { id, code: sessionCodes.notFound });
    return undefined;
  }
}

function upstreamOf(url: string): string | undefined {
  const [path = ""] = url.split("?", 1);
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    return undefined;
  }
}

function openListener(session: BridgeSession, exchange: Exchange): void {
  const stream = streamTo(exchange, session);
  if (!stream.acceptsStream) refuse(exchange.response, 406, "accept text/event-stream");
  else if (!session.listen(stream))
    refuse(exchange.response, 409, "the session has a stream already");
}

function streamTo({ request, response }: Exchange, { id }: BridgeSession): ClientStream {
  return new ClientStream(response, {
    acceptsStream: /text\/event-stream|\*\/\*/i.test(request.headers.accept ?? ""),
    headers: { "mcp-session-id": id },
  });
}
