import { performance } from "node:perf_hooks";
import type { Logger } from "../../../core/service/log.ts";
import { isObject, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import type { ClientStream } from "./client-stream.ts";
import type { OpenRequest } from "./open-requests.ts";
import { OpenRequests } from "./open-requests.ts";
import { endedEarly, errorLine, notReading, tryLater } from "./refusal.ts";
import {
  cannotBeShared,
  type Message,
  paramOf,
  parseLine,
  progressTokenOf,
  renumber,
  statusOf,
  withAnswerId,
  withParam,
  withSharedCapabilities,
} from "./rewrite.ts";
import type { ServerClient } from "./server-client.ts";
import { ServerVoice } from "./server-voice.ts";
import type { ChildEnd, StdioChild, StdioChildOptions } from "./stdio-child.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface SharedServerOptions {
  readonly upstream: string;
  /** Undefined: any agent's. */
  readonly agent: string | undefined;
  readonly launch: (handlers: Pick<StdioChildOptions, "onLine" | "onEnd">) => StdioChild;
  readonly log: Logger;
  readonly onEnd: () => void;
}

/** A request on its way to a shared server. */
export interface SharedRequest {
  readonly agent: string;
  readonly message: Message;
  readonly stream: ClientStream;
  /** Undefined: it belongs to no session (MCP 2026-07-28). */
  readonly client?: ServerClient;
}

/** One server process for several sessions, of one agent or of all. What it answers reaches whoever asked, and nobody else. */
export class SharedServer {
  readonly #options: SharedServerOptions;
  readonly #child: StdioChild;
  readonly #requests = new OpenRequests();
  readonly #subscriptions = new Subscriptions();
  readonly #voice: ServerVoice;
  #usedAtMs = performance.now();
  #isEnding = false;

  constructor(options: SharedServerOptions) {
    this.#options = options;
    this.#voice = new ServerVoice({
      isForAll: options.agent === undefined,
      requests: this.#requests,
      subscriptions: this.#subscriptions,
      reply: (line) => this.#write(line),
      log: options.log,
    });
    this.#child = options.launch({
      onLine: (line) => this.#fromServer(line),
      onEnd: (end) => this.#onChildEnd(end),
    });
  }

  get upstream(): string {
    return this.#options.upstream;
  }

  get agent(): string | undefined {
    return this.#options.agent;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get openRequests(): number {
    return this.#requests.size;
  }

  /** 0 while it has sessions or requests. */
  get idleMs(): number {
    const isUsed = this.#voice.clients.size > 0 || this.#requests.size > 0;
    return isUsed ? 0 : performance.now() - this.#usedAtMs;
  }

  /** A request of the bridge's own. Rejects when the server ends first. */
  ask(method: string, params: unknown): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.#send(
        { jsonrpc: "2.0", method, params },
        {
          id: null,
          agent: "",
          method,
          isModern: false,
          progressToken: undefined,
          client: undefined,
          stream: undefined,
          onAnswer: resolve,
          onFailure: (message) => reject(new Error(message)),
        },
      );
    });
  }

  /** A notification of the bridge's own. */
  tell(method: string): void {
    this.#write(JSON.stringify({ jsonrpc: "2.0", method }));
  }

  join(client: ServerClient): void {
    this.#voice.clients.add(client);
  }

  /** What it had asked is cancelled, what it was asked gets an error. */
  leave(client: ServerClient): void {
    this.#usedAtMs = performance.now();
    this.#voice.remove(client);
    for (const request of this.#requests.of(client)) this.#cancel(request);
    for (const uri of this.#subscriptions.removeAll(client)) {
      this.ask("resources/unsubscribe", { uri }).catch(() => {});
    }
  }

  request({ agent, message, stream, client }: SharedRequest): void {
    const id = message["id"];
    if (this.agent === undefined && cannotBeShared(String(message["method"]))) {
      const text = `${message["method"]} is not possible: agents share the server ${this.upstream}`;
      stream.finish(errorLine(id, text, jsonRpcCodes.methodNotFound));
      return;
    }
    if (!this.#requests.hasRoomFor(agent)) {
      const text = `the server ${this.upstream} has as many open requests as it may: try again when some are answered`;
      stream.finish(errorLine(id, text), tryLater);
      return;
    }
    if (client && this.#subscriptions.settles(message, client)) {
      stream.finish(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
      return;
    }
    const open = this.#send(message, {
      id,
      agent,
      method: String(message["method"]),
      isModern: client === undefined,
      progressToken: progressTokenOf(message),
      client,
      stream,
      onAnswer: (answer) => this.#toClient(open, answer),
      onFailure: (text, status) => stream.finish(errorLine(id, text), status),
    });
    // A closed stream cancels a request that belongs to no session, and only that (MCP 2026-07-28).
    stream.onClose(() => (client ? this.#requests.depart(open) : this.#cancel(open)));
  }

  /** A notification of a client. False when there is no room. */
  notify(message: Message, client: ServerClient): boolean {
    if (message["method"] === "notifications/cancelled") {
      const request = this.#requests.findOf(client, paramOf(message, "requestId"));
      return !request || this.#write(JSON.stringify(withParam(message, "requestId", request.key)));
    }
    // That a client is ready, or that its roots changed, says nothing where the bridge is the client.
    const isOurs = message["method"] === "notifications/initialized" || !this.agent;
    return isOurs || this.#write(JSON.stringify(message));
  }

  /** The answer of a client to what the server asked it. Any other is dropped. */
  answer(message: Message, line: string, client: ServerClient): boolean {
    return !this.#voice.takeAnswer(message["id"], client) || this.#write(line);
  }

  end(reason: string): Promise<void> {
    this.#isEnding = true;
    return this.#child.end(reason);
  }

  #send(message: Message, request: Omit<OpenRequest, "key">): OpenRequest {
    const open = this.#requests.add(request);
    const giveUp = () => {
      if (this.#requests.remove(open)) open.onFailure(notReading(this.upstream), tryLater);
    };
    const line = JSON.stringify(renumber(message, open.key));
    this.#usedAtMs = performance.now();
    if (!this.#child.write(line, open.agent, giveUp)) giveUp();
    return open;
  }

  #cancel(request: OpenRequest): void {
    if (!this.#requests.remove(request)) return;
    request.stream?.finish(errorLine(request.id, "the request was cancelled"));
    const params = { requestId: request.key, reason: "the client is gone" };
    this.#write(JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params }));
  }

  #write(line: string): boolean {
    return this.#child.write(line, "", () => {
      this.#options.log.warn(
        "the server did not read in time: a notification or answer was dropped",
      );
    });
  }

  #fromServer(line: string): void {
    const message = parseLine(line);
    for (const one of Array.isArray(message) ? message : [message]) {
      if (!isObject(one)) {
        this.#options.log.warn(
          { length: line.length },
          "the server wrote a line that is no message",
        );
      } else if ("method" in one) this.#voice.say(one);
      else this.#onAnswer(one);
    }
  }

  #onAnswer(answer: Message): void {
    const request = this.#requests.find(answer["id"]);
    if (!request) return;
    this.#requests.remove(request);
    this.#usedAtMs = performance.now();
    request.onAnswer(answer);
  }

  #toClient({ id, method, isModern, stream }: OpenRequest, answer: Message): void {
    const isGreeting = this.agent === undefined && method === "server/discover";
    const said = isGreeting ? withSharedCapabilities(answer) : answer;
    stream?.finish(JSON.stringify(withAnswerId(said, id)), isModern ? statusOf(answer) : 200);
  }

  #onChildEnd({ reason }: ChildEnd): void {
    const { upstream, log, onEnd } = this.#options;
    this.#isEnding = true;
    log.info({ reason }, "a server ended");
    onEnd();
    for (const { onFailure } of this.#requests.takeAll())
      onFailure(endedEarly(upstream, reason), 200);
    for (const client of [...this.#voice.clients]) client.onServerEnd(reason);
  }
}
