import type { Call } from "../call/agent-request.ts";
import type { SseEvent } from "../mcp/sse.ts";
import { UpstreamError } from "./upstream-error.ts";

/**
 * What a closed connection means for a legacy call, which it does not cancel: a stream that can be resumed
 * is let go, so that the agent can resume it (MCP 2025-11-25, resumability); anything else has as long again
 * as its upstream may be silent, so that how it ended is recorded, and no longer.
 */
export class Departure {
  /** Aborts when the call is to be let go. */
  readonly signal: AbortSignal;
  /** Whether the agent left a stream that it can resume. */
  hasLeftResumable = false;
  readonly #call: Call;
  readonly #over = new AbortController();
  #isResumable = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.signal = AbortSignal.any([call.signal, this.#over.signal]);
    call.connection.addEventListener("abort", this.#onClosed, { once: true });
    if (call.connection.aborted) this.#onClosed();
  }

  /** An event with an id is one that the agent can resume after. */
  note({ id }: SseEvent): void {
    this.#isResumable ||= id !== undefined;
    if (this.#call.connection.aborted) this.#onClosed();
  }

  /** Whether a stream that broke can be resumed: then that, and not a failure, is what the agent is to see. */
  get canBeResumed(): boolean {
    return this.#isResumable && this.#call.era === "legacy" && !this.#call.signal.aborted;
  }

  /** To be called when the call has ended. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#call.connection.removeEventListener("abort", this.#onClosed);
  }

  readonly #onClosed = () => {
    const { name, timeoutMs } = this.#call.upstream;
    if (this.#isResumable) {
      this.hasLeftResumable = true;
      this.#over.abort();
    } else {
      const reason = `the agent left, and upstream ${name} did not finish within ${timeoutMs} ms`;
      this.#timer ??= setTimeout(() => this.#over.abort(new UpstreamError(reason)), timeoutMs);
    }
  };
}
