import { type Dispatcher, errors } from "undici";
import { AddressRefused, type Lookup } from "../../core/net/guarded-connector.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { Principal } from "../call/agent-request.ts";
import type { PresentedToken } from "../call/presented-token.ts";
import { RightIsOver } from "../call/sending-right.ts";
import { agentHeader, agentHeaderValue } from "./bridge-token.ts";
import { checkedBefore } from "./checked-before.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { Connections } from "./connections.ts";
import type { CredentialReader } from "./credentials.ts";
import { flatten } from "./flatten-headers.ts";
import { HeldBytes, Hold } from "./held-bytes.ts";
import { credentialsFor, forgetToken } from "./shown-credentials.ts";
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

  constructor(options: {
    readonly credentials: CredentialReader;
    readonly bridge?: Bridge;
    /** The memory that answers may take. */
    readonly held?: HeldBytes;
    /** How names become addresses. The system's way when absent. */
    readonly lookup?: Lookup;
  }) {
    this.#credentials = options.credentials;
    this.#tokens = new UpstreamTokens(options.credentials, { lookup: options.lookup });
    this.#bridge = options.bridge;
    this.#held = options.held ?? new HeldBytes(defaultHeldBytes);
    this.#connections = new Connections(options.credentials, options.lookup);
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
      return {
        status: response.statusCode,
        headers: flatten(response.headers),
        body: response.body,
        hold: new Hold(this.#held, upstream.name),
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

/** Turns what undici throws into words for the agent. */
export function toUpstreamError(error: unknown, upstream: CompiledUpstream): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const { name } = upstream;
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return new UpstreamError(`upstream ${name} was silent for ${upstream.timeoutMs} ms`, {
      kind: "timed-out",
      cause: error,
    });
  }
  if (error instanceof RightIsOver) {
    const reason = "the call was not sent, since the right to send it is over";
    return new UpstreamError(reason, { cause: error });
  }
  return new UpstreamError(`upstream ${name} ${whatHappened(error)}`, { cause: error });
}

/** A peer that speaks TLS badly, or that shows nothing we trust (the codes of X509_verify_cert_error_string). */
const untrusted = /CERT|^(UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

function whatHappened(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (error instanceof AddressRefused) {
    return "is at an address that the gateway does not connect to";
  }
  if (/^(ERR_SSL_|EPROTO)/.test(code)) return "and the gateway do not agree on TLS";
  if (untrusted.test(code)) return "shows a certificate that the gateway does not trust";
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT)/.test(code)
    ? "cannot be reached"
    : "broke off its answer";
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
