import { inspect } from "node:util";

/** A token as the agent sent it. Shows itself to nobody who does not ask for it by name. */
export class PresentedToken {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return "[token]";
  }

  [inspect.custom](): string {
    return "[token]";
  }
}
