import type { RedactedValue, TakenOut } from "../call/redacted-value.ts";

/** Of one message. */
const maxValues = 1_000;
/** A private key is longer than any other value. */
const longestValue = 4_096;

/** Collects what is taken out of one message, as far as it is of these types and its token stands for nothing else. */
export class TakenValues {
  readonly #types: ReadonlySet<string>;
  readonly #byToken = new Map<string, RedactedValue>();
  readonly #more = new Set<string>();

  constructor(types: readonly string[]) {
    this.#types = new Set(types);
  }

  add(taken: RedactedValue): void {
    const { token, type, value } = taken;
    if (!this.#types.has(type) || this.#more.size >= maxValues) return;
    const isKnown = this.#byToken.has(token);
    if (isKnown || (this.#byToken.size < maxValues && value.length <= longestValue)) {
      this.#byToken.set(token, taken);
    } else this.#more.add(token);
  }

  get all(): TakenOut {
    return { values: [...this.#byToken.values()], more: this.#more.size };
  }
}
