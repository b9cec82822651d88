/** A control plane that begins anew sees its proxies come back one by one. */
const believeFewerAfterMs = 60_000;

/** How many proxies live, as far as is known. More are believed at once, fewer only after a while: nobody's share may be too large. */
export class FleetSize {
  #believed: number | undefined;
  #fewer: { readonly proxies: number; readonly sinceMs: number } | undefined;
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Undefined: nobody has said yet. */
  get current(): number | undefined {
    if (this.#fewer && this.#now() - this.#fewer.sinceMs >= believeFewerAfterMs) {
      this.#believed = this.#fewer.proxies;
      this.#fewer = undefined;
    }
    return this.#believed;
  }

  /** {@link current}, for whoever asks again and again. */
  readonly read = (): number | undefined => this.current;

  update(proxies: number): void {
    if (proxies >= (this.current ?? 0)) {
      this.#believed = proxies;
      this.#fewer = undefined;
      return;
    }
    // Also where they are fewer than a moment ago: what lasts is what counts.
    if (proxies !== this.#fewer?.proxies) this.#fewer = { proxies, sinceMs: this.#now() };
  }
}
