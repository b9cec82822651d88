/** So many at a time; so many more wait, each until its signal says that it waited long enough. */
export class Slots {
  #free: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();

  constructor(size: number, maxWaiting: number) {
    this.#free = size;
    this.#maxWaiting = maxWaiting;
  }

  /** Whether there was a place; then {@link release} gives it back. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    if (this.#waiting.size >= this.#maxWaiting || signal.aborted) return false;
    return await new Promise((resolve) => {
      const settle = (isMine: boolean) => {
        this.#waiting.delete(next);
        signal.removeEventListener("abort", giveUp);
        resolve(isMine);
      };
      const next = () => settle(true);
      const giveUp = () => settle(false);
      this.#waiting.add(next);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** Who waits longest gets the place. */
  release(): void {
    const [next] = this.#waiting;
    if (next) next();
    else this.#free += 1;
  }
}
