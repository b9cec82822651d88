/** Lets one loop sleep until there is something to do, or nothing ever again. */
export class Wake {
  #ended = false;
  #awake = false;
  #resolve = () => {};

  get ended(): boolean {
    return this.#ended;
  }

  /** Something changed. A change while nobody waits is not lost. */
  now(): void {
    this.#awake = true;
    this.#resolve();
  }

  end(): void {
    this.#ended = true;
    this.now();
  }

  async wait(): Promise<void> {
    if (!this.#awake) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    }
    this.#awake = false;
  }
}
