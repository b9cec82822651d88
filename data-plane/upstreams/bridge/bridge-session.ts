import { performance } from "node:perf_hooks";
import type { Logger } from "../../../core/service/log.ts";
import { isObject, type JsonRpcMessage, type JsonRpcRequest } from "../../mcp/json-rpc.ts";
import type { ClientStream } from "./client-stream.ts";
import { endedEarly, errorLine, notReading, tryLater } from "./refusal.ts";
import type { Session } from "./session.ts";
import type { ChildEnd, StdioChild, StdioChildOptions } from "./stdio-child.ts";
import { type WaitingMessage, WaitingMessages } from "./waiting-messages.ts";

export interface BridgeSessionOptions {
  readonly id: string;
  readonly upstream: string;
  readonly agent: string;
  readonly launch: (handlers: Pick<StdioChildOptions, "onLine" | "onEnd">) => StdioChild;
  readonly startWithinMs: number;
  readonly log: Logger;
  readonly onEnd: () => void;
}

interface OpenRequest {
  readonly id: unknown;
  readonly stream: ClientStream;
  readonly progressToken: string | undefined;
}

/** One MCP session: one client, one server process of its own. Messages pass as they are. */
export class BridgeSession implements Session {
  readonly id: string;
  readonly upstream: string;
  readonly agent: string;
  readonly #options: BridgeSessionOptions;
  readonly #child: StdioChild;
  /** By the id as JSON, since 1 and "1" are two ids. In the order in which they came. */
  readonly #requests = new Map<string, OpenRequest>();
  readonly #waiting = new WaitingMessages();
  #listener: ClientStream | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #usedAtMs = performance.now();
  #isEnding = false;

  constructor(options: BridgeSessionOptions) {
    this.id = options.id;
    this.upstream = options.upstream;
    this.agent = options.agent;
    this.#options = options;
    this.#child = options.launch({
      onLine: (line) => this.#fromServer(line),
      onEnd: (end) => this.#onChildEnd(end),
    });
  }

  get openRequests(): number {
    return this.#requests.size;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get unusedMs(): number {
    return performance.now() - this.#usedAtMs;
  }

  get idleMs(): number {
    const isUsed = this.#requests.size > 0 || this.#listener?.isOpen;
    return isUsed ? 0 : this.unusedMs;
  }

  /** Passes on the request that opens the session. A server that does not answer it in time is given up. */
  start(request: JsonRpcRequest, line: string, stream: ClientStream): void {
    const { startWithinMs } = this.#options;
    this.#startTimer = setTimeout(
      () => void this.end(`did not answer initialize within ${startWithinMs} ms`),
      startWithinMs,
    );
    this.request(request, line, stream);
  }

  request(request: JsonRpcRequest, line: string, stream: ClientStream): void {
    const key = JSON.stringify(request.id);
    if (this.#requests.has(key)) {
      stream.finish(errorLine(request.id, "another request with this id is open"), 400);
      return;
    }
    this.#requests.set(key, { id: request.id, stream, progressToken: progressTokenOf(request) });
    stream.onClose(() => this.#forget(key, stream));
    const giveUp = () => {
      this.#requests.delete(key);
      stream.finish(errorLine(request.id, notReading(this.upstream)), tryLater);
    };
    if (!this.#write(line, giveUp)) giveUp();
  }

  deliver(_message: JsonRpcMessage, line: string): boolean {
    return this.#write(line, () => {
      this.#options.log.warn(
        "the server did not read in time: a notification or answer was dropped",
      );
    });
  }

  listen(stream: ClientStream): boolean {
    if (this.#listener?.isOpen) return false;
    this.#listener = stream;
    stream.onClose(() => {
      this.#usedAtMs = performance.now();
    });
    stream.open();
    for (const { line } of this.#waiting.takeAll()) stream.send(line);
    return true;
  }

  /** Ends the server with it. */
  end(reason: string): Promise<void> {
    this.#isEnding = true;
    return this.#child.end(reason);
  }

  #write(line: string, onGivenUp: () => void): boolean {
    this.#usedAtMs = performance.now();
    return this.#child.write(line, this.agent, onGivenUp);
  }

  #fromServer(written: string): void {
    // White space in JSON, but the end of a line in an event stream.
    const line = written.replaceAll("\r", " ");
    if (line.trim() === "") return;
    const message = parse(line);
    if (Array.isArray(message)) {
      for (const one of message) this.#route(one, JSON.stringify(one));
    } else this.#route(message, line);
  }

  #route(message: unknown, line: string): void {
    if (!isObject(message)) {
      this.#options.log.warn({ length: line.length }, "the server wrote a line that is no message");
    } else if ("method" in message) this.#toClient(message, line);
    else this.#toRequest(message, line);
  }

  #toRequest(answer: Readonly<Record<string, unknown>>, line: string): void {
    const key = JSON.stringify(answer["id"]);
    const request = this.#requests.get(key);
    this.#requests.delete(key);
    this.#usedAtMs = performance.now();
    request?.stream.finish(line);
    if (this.#startTimer === undefined) return;
    clearTimeout(this.#startTimer);
    this.#startTimer = undefined;
    if ("error" in answer) void this.end("refused to initialize");
  }

  /** To the request it belongs to, as far as stdio tells; else to the newest, as the server most likely speaks of that. */
  #toClient(message: Readonly<Record<string, unknown>>, line: string): void {
    const stream = this.#streamOfProgress(message) ?? this.#newestStream() ?? this.#listener;
    if (stream?.isOpen) stream.send(line);
    else this.#keep({ line, ...("id" in message && { id: message["id"] }) });
  }

  #streamOfProgress(message: Readonly<Record<string, unknown>>): ClientStream | undefined {
    if (message["method"] !== "notifications/progress" || !isObject(message["params"])) {
      return undefined;
    }
    const token = JSON.stringify(message["params"]["progressToken"]);
    return [...this.#requests.values()].find(
      ({ progressToken, stream }) => progressToken === token && stream.acceptsStream,
    )?.stream;
  }

  #newestStream(): ClientStream | undefined {
    return [...this.#requests.values()].findLast(({ stream }) => stream.acceptsStream)?.stream;
  }

  #keep(message: WaitingMessage): void {
    for (const { id } of this.#waiting.add(message)) {
      if (id !== undefined) this.#write(errorLine(id, "nobody listens to this session"), () => {});
    }
  }

  /** A client that went away is no cancellation: the server goes on, and its answer is dropped. */
  #forget(key: string, stream: ClientStream): void {
    if (this.#requests.get(key)?.stream === stream) this.#requests.delete(key);
  }

  #onChildEnd({ reason }: ChildEnd): void {
    this.#isEnding = true;
    const { upstream, log, onEnd } = this.#options;
    const said = this.#startTimer
      ? `the server ${upstream} ${reason}`
      : endedEarly(upstream, reason);
    clearTimeout(this.#startTimer);
    log.info({ reason }, "a server ended");
    onEnd();
    for (const { id, stream } of this.#requests.values()) {
      stream.finish(errorLine(id, said));
    }
    this.#requests.clear();
    this.#listener?.end();
  }
}

function progressTokenOf({ params }: JsonRpcRequest): string | undefined {
  const meta = params?.["_meta"];
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  return token === undefined ? undefined : JSON.stringify(token);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
