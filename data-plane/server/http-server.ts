import { constants } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "../../core/service/log.ts";
import { type BrokenConnection, refuse } from "./refuse-connection.ts";
import type { TlsFiles } from "./tls-files.ts";

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly reusePort: boolean;
  readonly maxConnections: number;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly isReady: () => boolean;
  /** Told of each connection that ended before it had brought a whole request, and why; not of those that were merely closed. */
  readonly onBroken: (who: BrokenConnection) => void;
  readonly log: Logger;
  /** Present: agents connect with TLS, and show a certificate. */
  readonly tls?: TlsFiles;
}

const limits = {
  headersTimeout: 10_000,
  /** For receiving a request; answers may take as long as they need. */
  requestTimeout: 30_000,
  /** Longer than balancers keep theirs, so that they close first. */
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
  noDelay: true,
};
/** Agents must show a certificate that the authorities vouch for; sessions of TLS are not resumed. */
const mutual = {
  requestCert: true,
  rejectUnauthorized: true,
  handshakeTimeout: 10_000,
  secureOptions: constants.SSL_OP_NO_TICKET,
};
const finishWithinMs = 25_000;
/** Connections that wait to be accepted. Node's 511 overflow when thousands of agents come back at once; the system may bound it lower. */
const backlog = 4_096;

/** Listens for agents, bounds what they may send, and lets calls finish when it stops. */
export class HttpServer {
  readonly #server: Server | TlsServer;
  readonly #options: HttpServerOptions;
  readonly #open = new Set<ServerResponse>();
  /** The last of each connection. */
  readonly #answers = new WeakMap<Duplex, ServerResponse>();
  /** Requests whose handling goes on, also when their agent has left. */
  #handling = 0;
  #draining = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = this.#create(options.tls);
    this.#server.maxConnections = options.maxConnections;
    this.#server.maxHeadersCount = 100;
    this.#server.on("clientError", (error, socket) => this.#onBroken(error, socket));
    this.#server.on("drop", (dropped) =>
      options.onBroken({
        clientAddress: dropped?.remoteAddress ?? "",
        reason: "there are too many connections",
      }),
    );
  }

  #onBroken(error: Error, socket: Duplex): void {
    const { onBroken, tls } = this.#options;
    const answer = this.#answers.get(socket);
    const isAnswering = answer?.headersSent === true && !answer.writableFinished;
    refuse({ error, socket, isTls: tls !== undefined, isAnswering, onBroken });
  }

  #create(tls: TlsFiles | undefined): Server | TlsServer {
    const listener = (request: IncomingMessage, response: ServerResponse) =>
      this.#onRequest(request, response);
    if (!tls) return createServer(limits, listener);
    const server = createTlsServer({ ...limits, ...tls.options, ...mutual }, listener);
    // A session that is resumed is not verified anew, so there is none, and a new authority counts at once.
    tls.watch((options) => server.setSecureContext({ ...options, ...mutual }));
    return server;
  }

  /** Returns the bound port. */
  listen(): Promise<number> {
    const { host, port, reusePort } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) =>
        reject(new Error(`cannot listen on ${host}:${port}`, { cause })),
      );
      this.#server.listen({ host, port, reusePort, backlog }, () => {
        const address = this.#server.address();
        resolve(typeof address === "object" && address ? address.port : port);
      });
    });
  }

  /** Stops: not ready, then no new connections, then open calls finish, streams are told to come back. */
  async close(drainDelayMs: number): Promise<void> {
    this.#draining = true;
    if (drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, drainDelayMs));
    // Only the listener: http's own close() would cut idle connections that a balancer is about to use.
    const closed = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(this.#server, () => resolve());
    });
    const deadline = Date.now() + finishWithinMs;
    for (const response of this.#open) if (isIdleStream(response)) response.end("retry: 1000\n\n");
    await until(() => this.#open.size === 0, deadline);
    this.#server.closeAllConnections();
    await closed;
  }

  /** Resolves when everything that was asked has ended and is recorded, or after so long. */
  async settled(withinMs: number): Promise<void> {
    await until(() => this.#handling === 0, Date.now() + withinMs);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (this.#draining) response.setHeader("connection", "close");
    if (request.url === "/livez" || request.url === "/readyz") {
      this.#answerProbe(request.url, response);
      return;
    }
    this.#open.add(response);
    this.#answers.set(request.socket, response);
    response.once("close", () => this.#open.delete(response));
    this.#handling += 1;
    this.#options
      .handle(request, response)
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, "a request crashed");
        if (!response.headersSent) response.writeHead(500);
        response.end();
      })
      .finally(() => {
        this.#handling -= 1;
      });
  }

  /** Alive: the process answers, whatever it depends on. Ready: it can serve calls. */
  #answerProbe(path: "/livez" | "/readyz", response: ServerResponse): void {
    const isFine = path === "/livez" || (this.#options.isReady() && !this.#draining);
    response.writeHead(isFine ? 200 : 503, { "content-type": "text/plain" });
    response.end(isFine ? "ok\n" : "not ready\n");
  }
}

async function until(isDone: () => boolean, deadline: number): Promise<void> {
  while (!isDone() && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A GET's stream waits for whatever may come: no call is lost when it ends. */
function isIdleStream(response: ServerResponse): boolean {
  return response.req.method === "GET" && response.headersSent;
}
