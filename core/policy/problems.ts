/** One thing wrong with a policy: where, and what is wanted. */
export interface Problem {
  /** Such as "rules[2].action". */
  readonly path: string;
  readonly message: string;
}

/** Collects every problem of a document, so that it is mended in one round. */
export class Problems {
  readonly list: Problem[];
  readonly #path: string;

  constructor(list: Problem[] = [], path = "") {
    this.list = list;
    this.#path = path;
  }

  /** The same collection, seen from a field or an entry below. */
  at(step: string | number): Problems {
    const suffix = typeof step === "number" ? `[${step}]` : this.#path === "" ? step : `.${step}`;
    return new Problems(this.list, this.#path + suffix);
  }

  add(message: string): void {
    this.list.push({ path: this.#path, message });
  }
}
