/** Keeps requests away from a server that fails, and lets one through now and then to see whether it is back. */
export class CircuitBreaker {
  readonly #settings: { readonly failures: number; readonly openForMs: number };
  readonly #now: () => number;
  #failuresInRow = 0;
  #probeAt = 0;

  constructor(
    settings: { readonly failures: number; readonly openForMs: number },
    now: () => number = Date.now,
  ) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Whether it keeps calls away now. Asking does not count as one. */
  get isOpen(): boolean {
    return this.#failuresInRow >= this.#settings.failures && this.#now() < this.#probeAt;
  }

  /** Whether a call may go; when open, one call per `openForMs` may. */
  admits(): boolean {
    if (this.#failuresInRow < this.#settings.failures) return true;
    if (this.#now() < this.#probeAt) return false;
    this.#probeAt = this.#now() + this.#settings.openForMs;
    return true;
  }

  succeeded(): void {
    this.#failuresInRow = 0;
  }

  failed(): void {
    this.#failuresInRow += 1;
    if (this.#failuresInRow >= this.#settings.failures) {
      this.#probeAt = this.#now() + this.#settings.openForMs;
    }
  }
}
