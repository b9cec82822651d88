import type { ServerResponse } from "node:http";
import type { AnswerStart, Reply } from "../call/reply.ts";
import type { CheckedLimit } from "../call/trail.ts";
import { encodeEvent, encodeFields, type SseEvent } from "../mcp/sse.ts";
import { AgentWriter } from "./agent-writer.ts";
import { rateLimitFields } from "./rate-limit-fields.ts";

/** The way back that an outcome takes, beside what comes before it. */
export interface AnswerReply extends Reply {
  /** Whether a stream is open: then the outcome is its last event. */
  readonly isStream: boolean;
  /** Ends the stream, with a last event where there is one. */
  endStream(event?: SseEvent): void;
  /** Answers with JSON. Only before the stream is open. */
  sendJson(status: number, body: Buffer | string, headers?: Readonly<Record<string, string>>): void;
  /** Completes an answer that was begun. Any other end makes it one that nobody can read. */
  endAnswer?(last: Buffer): void;
}

const sessionHeader = "mcp-session-id";
const keepAliveEveryMs = 15_000;
const lineBreak = /\r\n|\n|\r/g;
/** Clients of MCP listen to events of another kind only: this is what becomes of an event that must not be read. */
const cutMark = "\nevent: cut-off\n\n";

/** The way back to one agent over HTTP. */
export class HttpReply implements AnswerReply {
  /** Makes the session id that the agent gets of the one that the upstream gave. */
  sealSession: (upstreamSession: string) => string | undefined = () => undefined;
  readonly #response: ServerResponse;
  readonly #writer: AgentWriter;
  readonly #keepAliveMs: number;
  #keepAlive: NodeJS.Timeout | undefined;
  /** Whether an answer was begun and has not ended. */
  #isInAnswer = false;
  #limitFields: Readonly<Record<string, string>> = {};

  /** `onSlow` is told when the agent is given up because it took nothing for so many milliseconds. */
  constructor(
    response: ServerResponse,
    onSlow: (waitedMs: number) => void = () => {},
    keepAliveMs = keepAliveEveryMs,
  ) {
    this.#response = response;
    this.#keepAliveMs = keepAliveMs;
    this.#writer = new AgentWriter(response, onSlow);
    response.once("close", () => clearInterval(this.#keepAlive));
  }

  get isStream(): boolean {
    return this.#keepAlive !== undefined;
  }

  showLimits(limits: readonly CheckedLimit[]): void {
    this.#limitFields = rateLimitFields(limits);
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
    this.#keepAlive = setInterval(() => this.#comment(), this.#keepAliveMs);
  }

  async send(event: SseEvent): Promise<void> {
    this.openStream();
    if (!this.#isInAnswer) await this.#writer.write(encodeEvent(event));
  }

  endStream(event?: SseEvent): void {
    clearInterval(this.#keepAlive);
    const broken = this.#isInAnswer ? cutMark : "";
    this.#isInAnswer = false;
    this.#writer.end(broken + (event ? encodeEvent(event) : ""));
  }

  sendJson(
    status: number,
    body: Buffer | string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    // What was begun cannot become another answer: without its end, no agent takes it for one.
    if (this.#isInAnswer) this.#response.destroy();
    if (this.#response.headersSent || this.#response.destroyed) return;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    this.#response.writeHead(status, {
      ...this.#forAgent(headers),
      ...(bytes.length > 0 && { "content-type": "application/json" }),
      "content-length": bytes.length,
    });
    this.#writer.end(bytes);
  }

  beginAnswer({ status, headers, event }: AnswerStart): (bytes: Buffer) => Promise<void> {
    this.#isInAnswer = true;
    if (this.isStream) void this.#writer.write(`${encodeFields(event)}data: `);
    else if (!this.#response.headersSent && !this.#response.destroyed) {
      const all = { ...this.#forAgent(headers), "content-type": "application/json" };
      this.#response.writeHead(status, all);
    }
    return (bytes) => this.#writer.write(this.isStream ? asData(bytes) : bytes);
  }

  endAnswer(last: Buffer): void {
    clearInterval(this.#keepAlive);
    this.#isInAnswer = false;
    this.#writer.end(this.isStream ? `${last}\n\n` : last);
  }

  #forAgent(headers: Readonly<Record<string, string>>): Record<string, string> {
    const { [sessionHeader]: upstreamSession, ...others } = headers;
    const session = upstreamSession === undefined ? undefined : this.sealSession(upstreamSession);
    const answered = { ...this.#limitFields, ...others };
    return session === undefined ? answered : { ...answered, [sessionHeader]: session };
  }

  /** Not within an event: there it would be part of it. */
  #comment(): void {
    if (this.#isInAnswer || this.#response.writableNeedDrain) return;
    void this.#writer.write(": keep-alive\n\n");
  }
}

/** Within an event, each line is one of data. */
function asData(bytes: Buffer): Buffer {
  if (!bytes.includes(0x0a) && !bytes.includes(0x0d)) return bytes;
  return Buffer.from(bytes.toString("latin1").replace(lineBreak, "\ndata: "), "latin1");
}
