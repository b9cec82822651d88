import { performance } from "node:perf_hooks";
import {
  isNotification,
  isObject,
  type JsonRpcMessage,
  type JsonRpcRequest,
} from "../../mcp/json-rpc.ts";
import { parsePrecisely } from "../../mcp/revise-json.ts";
import type { ClientStream } from "./client-stream.ts";
import { errorLine } from "./refusal.ts";
import type { Message } from "./rewrite.ts";
import type { ServerClient } from "./server-client.ts";
import type { Session } from "./session.ts";
import type { SharedServer } from "./shared-server.ts";
import { WaitingMessages } from "./waiting-messages.ts";

export interface PooledSessionOptions {
  readonly id: string;
  readonly upstream: string;
  readonly agent: string;
  readonly server: SharedServer;
  /** What the server answered to the handshake under which this session is. Rejects when it did not. */
  readonly greeting: Promise<Message>;
  readonly onEnd: () => void;
}

interface OpenStream {
  readonly key: string;
  readonly stream: ClientStream;
}

/** A session whose server serves others too. */
export class PooledSession implements Session, ServerClient {
  readonly id: string;
  readonly upstream: string;
  readonly agent: string;
  /** It has no process of its own. */
  readonly pid: number | undefined = undefined;
  readonly #options: PooledSessionOptions;
  readonly #open = new Set<OpenStream>();
  readonly #waiting = new WaitingMessages({ maxMessages: 64, maxLength: 256 * 1024 });
  #listener: ClientStream | undefined;
  #usedAtMs = performance.now();
  #isEnding = false;

  constructor(options: PooledSessionOptions) {
    this.id = options.id;
    this.upstream = options.upstream;
    this.agent = options.agent;
    this.#options = options;
    options.server.join(this);
  }

  get openRequests(): number {
    return this.#open.size;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get isListening(): boolean {
    return this.#listener?.isOpen ?? false;
  }

  get unusedMs(): number {
    return performance.now() - this.#usedAtMs;
  }

  get idleMs(): number {
    return this.#open.size > 0 || this.isListening ? 0 : this.unusedMs;
  }

  /** Answers with what the server said in its own handshake. */
  start(request: JsonRpcRequest, _line: string, stream: ClientStream): void {
    this.#track(request, stream);
    this.#options.greeting.then(
      (greeting) => {
        stream.finish(JSON.stringify({ ...greeting, id: request.id }));
        if ("error" in greeting) void this.end("did not begin");
      },
      (error: Error) => {
        stream.finish(errorLine(request.id, error.message));
        void this.end("did not begin");
      },
    );
  }

  request(request: JsonRpcRequest, line: string, stream: ClientStream): void {
    const key = JSON.stringify(request.id);
    if ([...this.#open].some((it) => it.key === key)) {
      stream.finish(errorLine(request.id, "another request with this id is open"), 400);
      return;
    }
    this.#track(request, stream);
    const message = parsePrecisely(line) as Message;
    this.#options.server.request({ agent: this.agent, message, stream, client: this });
  }

  deliver(message: JsonRpcMessage, line: string): boolean {
    this.#usedAtMs = performance.now();
    const { server } = this.#options;
    const precise = parsePrecisely(line) as Message;
    return isNotification(message)
      ? server.notify(precise, this)
      : server.answer(precise, line, this);
  }

  listen(stream: ClientStream): boolean {
    if (this.isListening) return false;
    this.#listener = stream;
    stream.onClose(() => {
      this.#usedAtMs = performance.now();
    });
    stream.open();
    for (const { line } of this.#waiting.takeAll()) stream.send(line);
    return true;
  }

  /** The server goes on for others. */
  end(_reason: string): Promise<void> {
    this.#close();
    this.#options.server.leave(this);
    return Promise.resolve();
  }

  hear(line: string, id?: unknown): void {
    const stream =
      [...this.#open].findLast((it) => it.stream.acceptsStream && it.stream.isOpen)?.stream ??
      (this.isListening ? this.#listener : undefined);
    if (stream) {
      stream.send(line);
      return;
    }
    for (const dropped of this.#waiting.add({ line, ...(id !== undefined && { id }) })) {
      if (dropped.id === undefined) continue;
      const refusal = errorLine(dropped.id, "nobody listens to this session");
      const message: unknown = JSON.parse(refusal);
      if (isObject(message)) this.#options.server.answer(message, refusal, this);
    }
  }

  onServerEnd(): void {
    this.#close();
  }

  #track({ id }: JsonRpcRequest, stream: ClientStream): void {
    this.#usedAtMs = performance.now();
    const open = { key: JSON.stringify(id), stream };
    this.#open.add(open);
    stream.onClose(() => {
      this.#open.delete(open);
      this.#usedAtMs = performance.now();
    });
  }

  #close(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#options.onEnd();
    this.#listener?.end();
  }
}
