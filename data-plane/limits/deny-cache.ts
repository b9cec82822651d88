import { performance } from "node:perf_hooks";

const maxKeys = 10_000;
/** So that a quota that was cleared in Redis counts again soon, also where nobody said so. */
const maxHoldMs = 1_000;

interface Denial {
  /** How much there was no room for: less may still pass. */
  readonly cost: number;
  readonly allowed: number;
  readonly allowedAtMs: number;
  readonly forgetAtMs: number;
}

/** What was asked of a counter: so much, of so much that is allowed. */
export interface Asked {
  readonly cost: number;
  readonly allowed: number;
}

/** Remembers exhausted windows for a moment, so that an agent that hammers costs no Redis. Bounded. */
export class DenyCache {
  readonly #denials = new Map<string, Denial>();
  #forgotAtMs = Number.NEGATIVE_INFINITY;

  /**
   * Redis looked at its clock somewhen between question and answer. So the memory ends a wait after the
   * question, lest it outlast the refusal, and the caller is told a wait after the answer, lest it come early.
   */
  remember(
    key: string,
    asked: Asked,
    wait: { readonly askedAtMs: number; readonly ms: number },
  ): void {
    const answeredAtMs = performance.now();
    const allowedAtMs = answeredAtMs + wait.ms;
    const forgetAtMs = wait.askedAtMs + Math.min(wait.ms, maxHoldMs);
    // What was asked before everything was forgotten may have been answered before it was cleared.
    if (forgetAtMs <= answeredAtMs || wait.askedAtMs <= this.#forgotAtMs) return;
    this.#denials.delete(key);
    this.#denials.set(key, { ...asked, allowedAtMs, forgetAtMs });
    if (this.#denials.size <= maxKeys) return;
    const [oldest] = this.#denials.keys();
    if (oldest !== undefined) this.#denials.delete(oldest);
  }

  /** Forgets everything: an operator cleared something. */
  clear(): void {
    this.#denials.clear();
    this.#forgotAtMs = performance.now();
  }

  /** Milliseconds until the window has room. 0: ask Redis. */
  waitMs(key: string, { cost, allowed }: Asked): number {
    const denial = this.#denials.get(key);
    if (!denial) return 0;
    const nowMs = performance.now();
    if (nowMs >= denial.forgetAtMs) {
      this.#denials.delete(key);
      return 0;
    }
    // A cheaper call, or a limit that was raised meanwhile, may find room.
    return cost >= denial.cost && allowed <= denial.allowed ? denial.allowedAtMs - nowMs : 0;
  }
}
