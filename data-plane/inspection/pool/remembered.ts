const maxKept = 64;

/** What was made of a text, for the texts that came last. */
export class Remembered<Made> {
  readonly #make: (text: string) => Made;
  readonly #kept = new Map<string, Made>();

  constructor(make: (text: string) => Made) {
    this.#make = make;
  }

  get(text: string): Made {
    const made = this.#kept.has(text) ? (this.#kept.get(text) as Made) : this.#make(text);
    this.#kept.delete(text);
    this.#kept.set(text, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
    return made;
  }
}
