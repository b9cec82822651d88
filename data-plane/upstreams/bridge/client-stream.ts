import type { ServerResponse } from "node:http";

/** More than the longest line. */
const maxUnsentBytes = 96 * 1024 * 1024;
const commentEveryMs = 15_000;
/** An answer that comes sooner is sent as plain JSON; for a later one the headers go ahead, lest the client give up. */
const openAfterMs = 5_000;

/** One HTTP response that carries messages to the client: as JSON when there is one, as SSE when there are more. */
export class ClientStream {
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  #timer: NodeJS.Timeout;

  constructor(
    response: ServerResponse,
    options: {
      readonly acceptsStream: boolean;
      readonly headers: Readonly<Record<string, string>>;
    },
  ) {
    this.#response = response;
    this.#headers = options.headers;
    this.acceptsStream = options.acceptsStream;
    this.#timer = setTimeout(() => this.open(), openAfterMs);
    response.once("close", () => clearTimeout(this.#timer));
  }

  /** Whether messages before the answer can be sent. */
  readonly acceptsStream: boolean;

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  onClose(listener: () => void): void {
    this.#response.once("close", listener);
  }

  /** Sends the headers of a stream, so that messages can follow. */
  open(): void {
    if (!this.acceptsStream || !this.isOpen || this.#response.headersSent) return;
    this.#response.writeHead(200, {
      ...this.#headers,
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    this.#response.flushHeaders();
    clearTimeout(this.#timer);
    this.#timer = setInterval(() => this.#response.write(": still here\n\n"), commentEveryMs);
  }

  send(line: string): void {
    this.open();
    if (!this.isOpen) return;
    this.#response.write(toEvent(line));
    // A client that reads nothing must not fill our memory.
    if (this.#response.writableLength > maxUnsentBytes) this.#response.destroy();
  }

  /** Sends the last message. The status is for an answer that is not streamed. */
  finish(line: string, status = 200): void {
    clearTimeout(this.#timer);
    if (!this.isOpen) return;
    if (this.#response.headersSent) {
      this.#response.end(toEvent(line));
      return;
    }
    this.#response.writeHead(status, { ...this.#headers, "content-type": "application/json" });
    this.#response.end(line);
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.isOpen) this.#response.end();
  }
}

function toEvent(line: string): string {
  return `event: message\ndata: ${line}\n\n`;
}
