import type { AgentRequest } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import { isObject, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import type { SseEvent } from "../../mcp/sse.ts";
import { type AnswerListener, assertIsForAgent, parseData } from "../read-answer.ts";
import { readReceipt } from "../receipt.ts";
import { toUpstreamError } from "../to-upstream-error.ts";
import { UpstreamError } from "../upstream-error.ts";
import { release, type UpstreamPool } from "../upstream-pool.ts";
import { OpenCall, type SentCall } from "./open-call.ts";
import { Outbox, type Said } from "./outbox.ts";
import { idInUse, type Refusal, refusedAnswer, sessionEnded } from "./refusal.ts";
import { headersForServer } from "./server-headers.ts";
import type { SseConnection } from "./sse-connection.ts";

export interface SseSessionOptions {
  readonly pool: UpstreamPool;
  /** Of the request that opened it: what the gateway says on its own goes the same way. */
  readonly opener: Opener;
  readonly connection: SseConnection;
  readonly idleMs: number;
  readonly onEnd: () => void;
}

type Sender = Pick<AgentRequest, "headers" | "upstream">;
type Opener = Sender & Pick<AgentRequest, "principal" | "token">;

/** One session of one agent with a server of HTTP+SSE: it holds the stream on which everything comes back. */
export class SseSession {
  readonly #options: SseSessionOptions;
  /** By the id as JSON, since 1 and "1" are two ids. In the order in which they came. */
  readonly #calls = new Map<string, OpenCall>();
  readonly #outbox = new Outbox();
  readonly #idle: NodeJS.Timeout;
  #usedAtMs = performance.now();
  #hasEnded = false;

  constructor(options: SseSessionOptions) {
    this.#options = options;
    this.#idle = setTimeout(() => this.#onIdle(), options.idleMs).unref();
    void this.#read();
  }

  /** Whether this is where the policy sends an upstream's agents now. */
  serves({ name, target }: Pick<AgentRequest["upstream"], "name" | "target">): boolean {
    const { upstream } = this.#options.opener;
    return name === upstream.name && JSON.stringify(target) === JSON.stringify(upstream.target);
  }

  /** 0 while somebody waits or listens. */
  get idleMs(): number {
    const isUsed = this.#calls.size > 0 || this.#outbox.isListenedTo;
    return isUsed ? 0 : performance.now() - this.#usedAtMs;
  }

  /** Sends a request and waits for its answer on the stream. Rejects as {@link OpenCall.answer} does. */
  async call(call: SentCall, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const { message, signal, upstream } = call;
    const key = JSON.stringify(message.id);
    if (this.#hasEnded) return refusedAnswer(sessionEnded, message.id);
    if (this.#calls.has(key)) return refusedAnswer(idInUse, message.id);
    signal.throwIfAborted();
    const giveBack = this.#options.pool.hold(upstream);
    const open = new OpenCall(call, listener);
    const cancel = () => open.fail(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    this.#use();
    this.#calls.set(key, open);
    this.#post(call, body, { kind: "part", signal }).then(
      (refusal) =>
        refusal ? open.answerWith(refusedAnswer(refusal, message.id)) : open.accepted(),
      (error: unknown) => open.fail(error),
    );
    try {
      return await open.answer;
    } finally {
      signal.removeEventListener("abort", cancel);
      this.#calls.delete(key);
      this.#use();
      giveBack();
    }
  }

  /** Sends a notification or an answer. Resolves to why it was not taken. */
  async deliver(request: Sender, body: Buffer): Promise<Refusal | undefined> {
    this.#use();
    return await this.#post(request, body);
  }

  /** What the server says on its own, until the signal aborts or the session ends. */
  listen(signal: AbortSignal): AsyncIterable<Said> {
    this.#use();
    return this.#outbox.listen(signal);
  }

  /** Keeps what a listener could not be given for the next. */
  keep(said: Said): void {
    this.#outbox.putBack(said);
  }

  /** The upstream as it was when the session began. */
  get upstream(): AgentRequest["upstream"] {
    return this.#options.opener.upstream;
  }

  /** Ends the session; open calls fail with the reason. */
  end(reason: UpstreamError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#idle);
    this.#options.onEnd();
    this.#options.connection.close();
    for (const open of this.#calls.values()) open.fail(reason);
    this.#outbox.end();
  }

  async #read(): Promise<void> {
    const { connection, opener } = this.#options;
    const { name } = opener.upstream;
    try {
      for await (const event of connection.events) await this.#take(event, name);
      this.end(new UpstreamError(`upstream ${name} ended its stream without an answer`));
    } catch (error) {
      this.end(toUpstreamError(error, opener.upstream));
    }
  }

  async #take(event: SseEvent, upstream: string): Promise<void> {
    if (event.event !== undefined && event.event !== "message") return;
    const parsed = parseData(event, upstream);
    if (!Array.isArray(parsed)) return await this.#route(parsed, event.data);
    for (const message of parsed) await this.#route(message, JSON.stringify(message));
  }

  async #route(message: unknown, data: string | undefined): Promise<void> {
    if (!isObject(message) || data === undefined) return;
    // Its id, if it has one, would promise that the agent can resume there.
    const event = { event: "message", data };
    if (!("method" in message)) {
      this.#calls.get(JSON.stringify(message["id"]))?.settle(event, message);
      return;
    }
    const open = this.#callOf(message);
    if (open) await open.relay(event, message);
    else for (const dropped of this.#outbox.add({ event, message })) this.#refuse(dropped);
  }

  /** The call that a message belongs to; without a listener the newest, as the server most likely speaks of that. */
  #callOf(message: Readonly<Record<string, unknown>>): OpenCall | undefined {
    const streams = [...this.#calls.values()].filter(({ acceptsStream }) => acceptsStream);
    const { method, params } = message;
    if (method === "notifications/progress" && isObject(params)) {
      const token = JSON.stringify(params["progressToken"]);
      const reported = streams.find(({ progressToken }) => progressToken === token);
      if (reported) return reported;
    }
    return this.#outbox.isListenedTo ? undefined : streams.at(-1);
  }

  /** A server that asks something waits for an answer: without one it would wait for ever. */
  #refuse({ message }: Said): void {
    if (message["id"] === undefined) return;
    const error = { code: jsonRpcCodes.internalError, message: "nobody listens to this session" };
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: message["id"], error }));
    this.#post(this.#options.opener, body).catch(() => {});
  }

  /** Resolves to why the server did not take it. */
  async #post(
    { headers, upstream }: Sender,
    body: Buffer,
    how: { readonly kind?: "part"; readonly signal?: AbortSignal } = {},
  ): Promise<Refusal | undefined> {
    // A session is one agent's, with what it came with when it began.
    const { principal, token } = this.#options.opener;
    const response = await this.#options.pool.send(upstream, {
      method: "POST",
      url: this.#options.connection.endpoint,
      headers: { ...headersForServer(headers), "content-type": "application/json" },
      body,
      principal,
      ...(token && { token }),
      ...how,
    });
    try {
      await assertIsForAgent(response, upstream.name);
      await readReceipt(response);
    } catch (error) {
      throw toUpstreamError(error, upstream);
    } finally {
      release(response);
    }
    if (response.status < 400) return undefined;
    const reason = `upstream ${upstream.name} refused a message with HTTP ${response.status}`;
    if (response.status !== 404 && response.status !== 410) throw new UpstreamError(reason);
    // It has forgotten the session, and so do we.
    this.end(new UpstreamError(reason));
    return sessionEnded;
  }

  #use(): void {
    this.#usedAtMs = performance.now();
  }

  #onIdle(): void {
    const { idleMs } = this.#options;
    if (this.idleMs < idleMs) this.#idle.refresh();
    else this.end(new UpstreamError("the session was not used any more"));
  }
}
