/** How long to wait before each try: doubles from `firstMs` to `maxMs`, with full jitter. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #tries = 0;

  constructor(options: {
    readonly firstMs: number;
    readonly maxMs: number;
    readonly random?: () => number;
  }) {
    this.#firstMs = options.firstMs;
    this.#maxMs = options.maxMs;
    this.#random = options.random ?? Math.random;
  }

  /** Milliseconds until the next try. Never 0: a herd of equals must not retry in step. */
  nextMs(): number {
    const ceiling = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#tries, 30));
    this.#tries += 1;
    return Math.ceil(ceiling * (0.1 + 0.9 * this.#random()));
  }

  /** Starts over after a success. */
  reset(): void {
    this.#tries = 0;
  }
}
