import type { Dispatcher } from "undici";
import { CircuitBreaker } from "../../core/net/circuit-breaker.ts";
import { AddressRefused, type Lookup } from "../../core/net/guarded-connector.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { Logger } from "../../core/service/log.ts";
import type { Principal } from "../call/agent-request.ts";
import type { PresentedToken } from "../call/presented-token.ts";
import { RightIsOver } from "../call/sending-right.ts";
import { agentHeader, agentHeaderValue, programHeader, programIn } from "./bridge-token.ts";
import { checkedBefore } from "./checked-before.ts";

import { Connections, type KeyJudge } from "./connections.ts";
import type { CredentialReader } from "./credentials.ts";
import { flatten } from "./flatten-headers.ts";
import { HeldBytes, Hold } from "./held-bytes.ts";
import { credentialsFor, forgetToken } from "./shown-credentials.ts";
import { toUpstreamError } from "./to-upstream-error.ts";
import { UpstreamError } from "./upstream-error.ts";
import { UpstreamTokens } from "./upstream-tokens.ts";

/** One HTTP request to an upstream. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Instead of the upstream's own: of the same origin. */
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal?: AbortSignal;
  /** For whom it is. A bridge keeps agents apart by it, and refuses what is for nobody. */
  readonly principal?: Principal;
  /** What it came with: it never goes upstream, but may be exchanged for what does. */
  readonly token?: PresentedToken;
  /**
   * An exchange when absent. A stream may be silent for as long as it likes and takes no place of an exchange;
   * a part belongs to something that holds a place already.
   */
  readonly kind?: "exchange" | "stream" | "part";
  /** Called as the first byte is about to leave; when it throws, none does. */
  readonly beforeSending?: () => void;
}

/** What came back; the body is read by whoever asked, and `done` must be called after. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Dispatcher.ResponseData["body"];
  /** What is held of the body. */
  readonly hold: Hold;
  /** Told once, at the end of a stream, how many of its events are none of MCP and were dropped. */
  readonly onIgnored: (events: number) => void;
  /** Frees the place that the request held. */
  readonly done: () => void;
}

interface Bridge {
  /** Such as "http://127.0.0.1:7600". */
  readonly url: string;
  readonly token: string;
}

interface UpstreamState {
  readonly breaker: CircuitBreaker;
  exchanges: number;
  streams: number;
}

/** Every agent that listens has one open. */
const maxStreams = 10_000;

const defaultHeldBytes = { maxBytes: 256 * 1024 * 1024, maxAnswerBytes: 80 * 1024 * 1024 };

/** Speaks HTTP to the MCP servers behind the gateway: addresses, credentials, deadline, concurrency, breaker. */
export class UpstreamPool {
  readonly #connections: Connections;
  readonly #states = new WeakMap<CompiledUpstream, UpstreamState>();
  readonly #credentials: CredentialReader;
  readonly #tokens: UpstreamTokens;
  readonly #bridge: Bridge | undefined;
  readonly #held: HeldBytes;
  readonly #keys: KeyJudge | undefined;
  readonly #log: Pick<Logger, "warn"> | undefined;

  constructor(options: {
    readonly credentials: CredentialReader;
    readonly bridge?: Bridge;
    /** The memory that answers may take. */
    readonly held?: HeldBytes;
    /** How names become addresses. The system's way when absent. */
    readonly lookup?: Lookup;
    /** Holds servers to their keys. */
    readonly keys?: KeyJudge;
    readonly log?: Pick<Logger, "warn">;
  }) {
    this.#credentials = options.credentials;
    this.#tokens = new UpstreamTokens(options.credentials, { lookup: options.lookup });
    this.#bridge = options.bridge;
    this.#log = options.log;
    this.#held = options.held ?? new HeldBytes(defaultHeldBytes);
    this.#keys = options.keys;
    this.#connections = new Connections(options);
  }

  /** Sends a request. Rejects with an UpstreamError, or with the signal's reason when that aborts. */
  async send(upstream: CompiledUpstream, request: UpstreamRequest): Promise<UpstreamResponse> {
    const url = new URL(request.url ?? this.#urlOf(upstream));
    const headers = { ...request.headers, ...(await this.#credentialsOf(upstream, request)) };
    request.signal?.throwIfAborted();
    const { breaker } = this.#stateOf(upstream);
    const done = this.#takePlace(upstream, request.kind);
    try {
      if (!breaker.admits()) {
        throw new UpstreamError(`upstream ${upstream.name} has been failing: try again later`);
      }
      const response = await this.#request(url, headers, { upstream, request });
      if (response.statusCode === 401) forgetToken(upstream, request, this.#tokens);
      if (response.statusCode >= 500) breaker.failed();
      else breaker.succeeded();
      await this.#assertProgram(upstream, response);
      return {
        status: response.statusCode,
        headers: flatten(response.headers),
        body: response.body,
        hold: new Hold(this.#held, upstream.name),
        onIgnored: (events) =>
          this.#log?.warn(
            { upstream: upstream.name, events },
            "events that are none of MCP were dropped",
          ),
        done,
      };
    } catch (error) {
      done();
      // An agent that goes away, or a refusal of our own, says nothing about the upstream.
      request.signal?.throwIfAborted();
      const isOurs =
        error instanceof UpstreamError ||
        error instanceof AddressRefused ||
        error instanceof RightIsOver;
      if (!isOurs) breaker.failed();
      throw toUpstreamError(error, upstream);
    }
  }

  /** Takes a place of an exchange for what consists of several requests. Returns how to give it back. */
  hold(upstream: CompiledUpstream): () => void {
    return this.#takePlace(upstream, "exchange");
  }

  async close(): Promise<void> {
    await Promise.all([this.#connections.close(), this.#tokens.close()]);
  }

  /** What a command answers is of no use where its program is not the one that was accepted. */
  async #assertProgram(upstream: CompiledUpstream, { headers, body }: Dispatcher.ResponseData) {
    const said = upstream.target.kind === "command" && programIn(headers[programHeader]);
    if (!said || (await this.#keys?.meet(upstream, { name: "program", said })) !== false) return;
    body.on("error", () => {}).destroy();
    throw new UpstreamError(
      `upstream ${upstream.name} runs a program that no operator has accepted`,
    );
  }

  #takePlace(upstream: CompiledUpstream, kind: UpstreamRequest["kind"] = "exchange"): () => void {
    if (kind === "part") return () => {};
    const state = this.#stateOf(upstream);
    const counter = kind === "stream" ? "streams" : "exchanges";
    if (state[counter] >= (kind === "stream" ? maxStreams : upstream.maxConcurrent)) {
      throw new UpstreamError(`upstream ${upstream.name} is busy: try again in a moment`, {
        kind: "busy",
      });
    }
    state[counter] += 1;
    return once(() => {
      state[counter] -= 1;
    });
  }

  #request(
    url: URL,
    headers: Record<string, string>,
    { upstream, request }: { upstream: CompiledUpstream; request: UpstreamRequest },
  ) {
    // Redirects are not followed: where they lead is for the operator to say.
    const agent = this.#connections.agentFor(upstream);
    const { beforeSending } = request;
    const dispatcher = beforeSending ? agent.compose(checkedBefore(beforeSending)) : agent;
    return dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers,
      body: request.body ?? null,
      signal: request.signal ?? null,
      headersTimeout: upstream.timeoutMs,
      bodyTimeout: request.kind === "stream" ? 0 : upstream.timeoutMs,
    });
  }

  #urlOf({ name, target }: CompiledUpstream): string {
    if (target.kind !== "command") return target.url;
    if (!this.#bridge) {
      throw new UpstreamError(`upstream ${name} has no bridge`, {
        cause: new Error("MCPGW_BRIDGE_URL is not set, and a command needs a bridge to run it"),
      });
    }
    return `${this.#bridge.url}/${encodeURIComponent(name)}`;
  }

  async #credentialsOf(
    upstream: CompiledUpstream,
    request: UpstreamRequest,
  ): Promise<Record<string, string>> {
    const { principal } = request;
    if (upstream.target.kind === "command") {
      return {
        authorization: `Bearer ${this.#bridge?.token ?? ""}`,
        ...(principal && { [agentHeader]: agentHeaderValue(principal) }),
      };
    }
    const sources = { reader: this.#credentials, tokens: this.#tokens };
    return await credentialsFor(upstream, request, sources);
  }

  #stateOf(upstream: CompiledUpstream): UpstreamState {
    let state = this.#states.get(upstream);
    if (!state) {
      const breaker = new CircuitBreaker(upstream.circuitBreaker);
      state = { breaker, exchanges: 0, streams: 0 };
      this.#states.set(upstream, state);
    }
    return state;
  }
}

/** What was not read is not wanted any more: the connection is given up rather than kept waiting. */
export function release(response: UpstreamResponse): void {
  if (!response.body.readableEnded) response.body.on("error", () => {}).destroy();
  response.hold.handOver()();
  response.done();
}

function once(run: () => void): () => void {
  let ran = false;
  return () => {
    if (ran) return;
    ran = true;
    run();
  };
}
