import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { CompiledCommand } from "../../../core/policy/compiled-policy.ts";
import { digestToken } from "../../../core/secrets/tokens.ts";
import type { Env } from "../../../core/service/env.ts";
import type { Logger } from "../../../core/service/log.ts";
import { agentHeader, programHeader } from "../bridge-token.ts";
import { Exchanges } from "./exchanges.ts";
import { Programs } from "./programs.ts";
import { refuse } from "./refusal.ts";
import { type SessionLimits, SessionTable } from "./session-table.ts";

export interface BridgeOptions {
  readonly host: string;
  readonly port: number;
  /** What clients must show: see `bridgeToken`. */
  readonly token: string;
  /** What every server process may see. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the secrets are that policies name. */
  readonly secrets: Env;
  readonly limits: SessionLimits;
  readonly log: Logger;
}

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
/** Serves stdio servers as Streamable HTTP at /<upstream name>. */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #tokenDigest: Buffer;
  readonly #server: Server;
  readonly #sessions: SessionTable;
  readonly #exchanges: Exchanges;
  readonly #programs: Programs;
  #isStopping = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#tokenDigest = digestToken(`Bearer ${options.token}`);
    this.#sessions = new SessionTable(options);
    this.#programs = new Programs(options.env["PATH"] ?? "");
    this.#exchanges = new Exchanges(this.#sessions, () => this.#isStopping);
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
  serve(commands: ReadonlyMap<string, CompiledCommand>): void {
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
    const command = this.#sessions.commandOf(upstream);
    if (!command) {
      refuse(response, 404, "the policy has no command of this name");
      return;
    }
    const agent = request.headers[agentHeader];
    if (typeof agent !== "string" || agent === "") {
      refuse(response, 400, `the header ${agentHeader} says for which agent a request is`);
      return;
    }
    const answered = this.#programs.describe(command).then((program) => {
      response.setHeader(programHeader, Buffer.from(program).toString("base64url"));
      return this.#exchanges.answer({ upstream, agent, request, response });
    });
    answered.catch((error: unknown) => {
      // A client that goes away while it sends is no crash.
      if (request.complete) this.#options.log.error({ err: error }, "a request crashed");
      response.destroy();
    });
  }

  /** In constant time, on digests: neither the token nor its length can be guessed step by step. */
  #isAuthorized({ headers }: IncomingMessage): boolean {
    return timingSafeEqual(digestToken(headers.authorization ?? ""), this.#tokenDigest);
  }
}

/** Empty, as no upstream is called, where the path names none. */
function upstreamOf(url: string): string {
  const [path = ""] = url.split("?", 1);
  try {
    return decodeURIComponent(path.slice(1));
  } catch {
    return "";
  }
}
