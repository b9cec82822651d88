import type { Call } from "../call/agent-request.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Ends a call that has taken long enough, however lively its stream is. */
export class CallDeadline {
  /** Aborts with the call, or with an UpstreamError when its time is over. */
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;

  constructor({ signal, upstream }: Call, maxCallMs: number) {
    const over = new AbortController();
    this.signal = AbortSignal.any([signal, over.signal]);
    this.#timer = setTimeout(() => {
      over.abort(new UpstreamError(`upstream ${upstream.name} did not finish in ${maxCallMs} ms`));
    }, maxCallMs);
  }

  /** To be called when the call has ended. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
