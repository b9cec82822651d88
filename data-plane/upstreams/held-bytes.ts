import { UpstreamError } from "./upstream-error.ts";

/** Of each answer so much is held without being counted: short answers are never refused for the sake of long ones. */
export const windowBytes = 256 * 1024;

export interface HeldBytesOptions {
  /** Of all answers together. */
  readonly maxBytes: number;
  /** Of one answer. */
  readonly maxAnswerBytes: number;
}

/**
 * The memory that answers may take while they are held whole, of all calls together: upstreams decide how long their
 * answers are, so without a common bound enough of them at once would end the proxy and every call in it.
 */
export class HeldBytes {
  readonly maxAnswerBytes: number;
  readonly #maxBytes: number;
  #inUse = 0;
  #refused = 0;

  constructor(options: HeldBytesOptions) {
    this.#maxBytes = options.maxBytes;
    this.maxAnswerBytes = options.maxAnswerBytes;
  }

  /** Bytes that are held now, beyond the window of each answer. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Takes or gives back. Throws when there is no room. */
  change(by: number, upstream: string): void {
    if (by > 0 && this.#inUse + by > this.#maxBytes) {
      this.#refused += 1;
      const used = `${this.#inUse} of ${this.#maxBytes} bytes are in use`;
      throw new UpstreamError(
        `the answer of upstream ${upstream} is longer than what this gateway has room for at the moment. ` +
          "The call itself was made: ask for less, or try later only if it may run twice",
        { cause: new Error(`${used}; answers refused since the start: ${this.#refused}`) },
      );
    }
    this.#inUse += by;
  }
}

/** What one response takes of {@link HeldBytes}. */
export class Hold {
  readonly #held: HeldBytes;
  readonly #upstream: string;
  #bytes = 0;

  constructor(held: HeldBytes, upstream: string) {
    this.#held = held;
    this.#upstream = upstream;
  }

  get maxAnswerBytes(): number {
    return this.#held.maxAnswerBytes;
  }

  /** Says how many bytes are held now. Throws an UpstreamError when there is no room for them. */
  resize(heldBytes: number): void {
    const counted = Math.max(0, heldBytes - windowBytes);
    if (counted === this.#bytes) return;
    this.#held.change(counted - this.#bytes, this.#upstream);
    this.#bytes = counted;
  }

  /** Leaves what is held to somebody else, who gives it back by calling the function. */
  handOver(): () => void {
    const bytes = this.#bytes;
    this.#bytes = 0;
    let isGiven = false;
    return () => {
      if (!isGiven) this.#held.change(-bytes, this.#upstream);
      isGiven = true;
    };
  }
}
