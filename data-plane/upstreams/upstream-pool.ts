import { Agent, type Dispatcher, errors } from "undici";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { CredentialReader } from "./credentials.ts";
import { UpstreamError } from "./upstream-error.ts";

/** One HTTP request to an upstream. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal?: AbortSignal;
  /** A stream that may be silent for as long as it likes. */
  readonly mayIdle?: boolean;
}

/** What came back; the body is read by whoever asked, and `done` must be called after. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Dispatcher.ResponseData["body"];
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
  inFlight: number;
}

/** Speaks HTTP to the MCP servers behind the gateway: credentials, deadline, concurrency, breaker. */
export class UpstreamPool {
  readonly #agent = new Agent({ keepAliveTimeout: 30_000, connect: { timeout: 5_000 } });
  readonly #states = new WeakMap<CompiledUpstream, UpstreamState>();
  readonly #credentials: CredentialReader;
  readonly #bridge: Bridge | undefined;

  constructor(options: { readonly credentials: CredentialReader; readonly bridge?: Bridge }) {
    this.#credentials = options.credentials;
    this.#bridge = options.bridge;
  }

  /** Sends a request. Rejects with an UpstreamError, or with the signal's reason when that aborts. */
  async send(upstream: CompiledUpstream, request: UpstreamRequest): Promise<UpstreamResponse> {
    const url = this.#urlOf(upstream);
    const headers = { ...request.headers, ...this.#credentialsOf(upstream) };
    const state = this.#stateOf(upstream);
    if (state.inFlight >= upstream.maxConcurrent) {
      throw new UpstreamError(`upstream ${upstream.name} is busy: try again in a moment`, {
        kind: "busy",
      });
    }
    if (!state.breaker.admits()) {
      throw new UpstreamError(`upstream ${upstream.name} has been failing: try again later`);
    }
    state.inFlight += 1;
    const done = once(() => {
      state.inFlight -= 1;
    });
    try {
      const response = await this.#request(url, headers, { upstream, request });
      if (response.statusCode >= 500) state.breaker.failed();
      else state.breaker.succeeded();
      return {
        status: response.statusCode,
        headers: flatten(response.headers),
        body: response.body,
        done,
      };
    } catch (error) {
      done();
      request.signal?.throwIfAborted();
      state.breaker.failed();
      throw toUpstreamError(error, upstream);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #request(
    url: string,
    headers: Record<string, string>,
    { upstream, request }: { upstream: CompiledUpstream; request: UpstreamRequest },
  ) {
    return this.#agent.request({
      origin: new URL(url).origin,
      path: new URL(url).pathname + new URL(url).search,
      method: request.method,
      headers,
      body: request.body ?? null,
      signal: request.signal ?? null,
      headersTimeout: upstream.timeoutMs,
      bodyTimeout: request.mayIdle ? 0 : upstream.timeoutMs,
    });
  }

  #urlOf({ name, target }: CompiledUpstream): string {
    if (target.kind === "http") return target.url;
    if (!this.#bridge) {
      throw new UpstreamError(`upstream ${name} has no bridge`, {
        cause: new Error("MCPGW_BRIDGE_URL is not set, and a command needs a bridge to run it"),
      });
    }
    return `${this.#bridge.url}/${encodeURIComponent(name)}`;
  }

  #credentialsOf({ target, credentials }: CompiledUpstream): Record<string, string> {
    if (target.kind === "command") return { authorization: `Bearer ${this.#bridge?.token ?? ""}` };
    return credentials ? Object.fromEntries([this.#credentials.headerFor(credentials)]) : {};
  }

  #stateOf(upstream: CompiledUpstream): UpstreamState {
    let state = this.#states.get(upstream);
    if (!state) {
      state = { breaker: new CircuitBreaker(upstream.circuitBreaker), inFlight: 0 };
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
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const isUnreachable = /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|UND_ERR_CONNECT)/.test(code);
  const what = isUnreachable ? "cannot be reached" : "broke off its answer";
  return new UpstreamError(`upstream ${name} ${what}`, { cause: error });
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

function once(run: () => void): () => void {
  let ran = false;
  return () => {
    if (ran) return;
    ran = true;
    run();
  };
}
