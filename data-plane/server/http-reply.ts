import type { ServerResponse } from "node:http";
import type { Reply } from "../call/reply.ts";
import { encodeEvent, type SseEvent } from "../mcp/sse.ts";

/** The way back that an outcome takes, beside what comes before it. */
export interface AnswerReply extends Reply {
  /** Whether a stream is open: then the outcome is its last event. */
  readonly isStream: boolean;
  /** Ends the stream, with a last event where there is one. */
  endStream(event?: SseEvent): void;
  /** Answers with JSON. Only before the stream is open. */
  sendJson(status: number, body: Buffer | string, headers?: Readonly<Record<string, string>>): void;
}

const sessionHeader = "mcp-session-id";
const keepAliveEveryMs = 15_000;
/** A reader that takes nothing for this long is given up: its events would fill our memory. */
const slowReaderMs = 30_000;

/** The way back to one agent over HTTP. */
export class HttpReply implements AnswerReply {
  /** Makes the session id that the agent gets of the one that the upstream gave. */
  sealSession: (upstreamSession: string) => string | undefined = () => undefined;
  readonly #response: ServerResponse;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once("close", () => clearInterval(this.#keepAlive));
  }

  get isStream(): boolean {
    return this.#keepAlive !== undefined;
  }

  openStream(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    this.#response.writeHead(200, {
      "cache-control": "no-cache, no-transform",
      ...this.#forAgent(headers),
      "content-type": "text/event-stream",
      // Balancers that buffer would keep events from the agent.
      "x-accel-buffering": "no",
    });
    this.#response.flushHeaders();
    this.#keepAlive = setInterval(() => this.#comment(), keepAliveEveryMs);
  }

  async send(event: SseEvent): Promise<void> {
    this.openStream();
    if (!this.#isWritable()) return;
    if (!this.#response.write(encodeEvent(event))) await this.#drained();
  }

  endStream(event?: SseEvent): void {
    clearInterval(this.#keepAlive);
    if (!this.#isWritable()) return;
    if (event) this.#response.end(encodeEvent(event));
    else this.#response.end();
  }

  sendJson(
    status: number,
    body: Buffer | string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    this.#response.writeHead(status, {
      ...this.#forAgent(headers),
      ...(bytes.length > 0 && { "content-type": "application/json" }),
      "content-length": bytes.length,
    });
    this.#response.end(bytes);
  }

  #forAgent(headers: Readonly<Record<string, string>>): Record<string, string> {
    const { [sessionHeader]: upstreamSession, ...others } = headers;
    const session = upstreamSession === undefined ? undefined : this.sealSession(upstreamSession);
    return session === undefined ? others : { ...others, [sessionHeader]: session };
  }

  #comment(): void {
    if (this.#isWritable() && !this.#response.writableNeedDrain) {
      this.#response.write(": keep-alive\n\n");
    }
  }

  #isWritable(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(giveUp);
        this.#response.off("drain", done);
        this.#response.off("close", done);
        resolve();
      };
      const giveUp = setTimeout(() => this.#response.destroy(), slowReaderMs);
      this.#response.once("drain", done);
      this.#response.once("close", done);
    });
  }
}
