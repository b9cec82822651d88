import { performance } from "node:perf_hooks";

const failuresToOpen = 5;
const failuresWithinMs = 1_000;
const probeEveryMs = 250;

/**
 * Stops asking a Redis that does not answer: a hung one would cost every call its deadline.
 * While it is open, one call each 250 ms asks all the same, and the first success closes it.
 */
export class RedisBreaker {
  #failuresAtMs: number[] = [];
  #probedAtMs: number | undefined;
  readonly #onChange: (open: boolean) => void;

  constructor(onChange: (open: boolean) => void) {
    this.#onChange = onChange;
  }

  /** Whether this call may ask. While open, asking is what makes it the probe. */
  mayAsk(): boolean {
    if (this.#probedAtMs === undefined) return true;
    const nowMs = performance.now();
    if (nowMs - this.#probedAtMs < probeEveryMs) return false;
    this.#probedAtMs = nowMs;
    return true;
  }

  succeeded(): void {
    this.#failuresAtMs = [];
    if (this.#probedAtMs === undefined) return;
    this.#probedAtMs = undefined;
    this.#onChange(false);
  }

  failed(): void {
    if (this.#probedAtMs !== undefined) return;
    const nowMs = performance.now();
    this.#failuresAtMs = [...this.#failuresAtMs, nowMs].slice(-failuresToOpen);
    const [first = nowMs] = this.#failuresAtMs;
    if (this.#failuresAtMs.length < failuresToOpen || nowMs - first > failuresWithinMs) return;
    this.#probedAtMs = nowMs;
    this.#onChange(true);
  }
}
