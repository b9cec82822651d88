import { Backoff } from "../../../core/service/backoff.ts";

const firstMs = 500;
const maxMs = 60_000;
/** A process that lived so long did not end for how it was started. */
const provenAfterMs = 60_000;
const maxRemembered = 10_000;

interface Crashes {
  readonly count: number;
  readonly backoff: Backoff;
  readonly notBeforeMs: number;
  readonly reason: string;
}

/** Remembers what ended by itself, and when it may be started again: later each time, with jitter. */
export class CrashBackoff {
  readonly #crashes = new Map<string, Crashes>();
  readonly #now: () => number;
  readonly #random: () => number;

  constructor(now: () => number, random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** A process of this key ended, and nobody had asked it to. */
  crashed(key: string, { livedMs, reason }: { readonly livedMs: number; readonly reason: string }) {
    const before = livedMs >= provenAfterMs ? undefined : this.#crashes.get(key);
    const backoff = before?.backoff ?? new Backoff({ firstMs, maxMs, random: this.#random });
    const notBeforeMs = this.#now() + backoff.nextMs();
    const count = (before?.count ?? 0) + 1;
    this.#crashes.delete(key);
    this.#crashes.set(key, { count, backoff, notBeforeMs, reason });
    const [oldest] = this.#crashes.keys();
    if (this.#crashes.size > maxRemembered && oldest !== undefined) this.#crashes.delete(oldest);
  }

  /** Undefined when it may be started now. */
  find(
    key: string,
  ): { readonly waitMs: number; readonly count: number; readonly reason: string } | undefined {
    const crashes = this.#crashes.get(key);
    const waitMs = Math.ceil((crashes?.notBeforeMs ?? 0) - this.#now());
    return crashes && waitMs > 0 ? { ...crashes, waitMs } : undefined;
  }

  forget(): void {
    this.#crashes.clear();
  }
}
