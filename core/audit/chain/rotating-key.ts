import type { CheckpointKey } from "./checkpoint-key.ts";

export interface RotatingKeyOptions {
  readonly key: CheckpointKey;
  readonly livesForMs: number;
  readonly now: () => number;
  /** Makes a key known to those who verify. Absent: whoever asks for {@link RotatingKey.shown} does. */
  readonly announce?: ((publicKey: string) => Promise<void>) | undefined;
}

/**
 * The key that signs now, and its successor once that one is too old. A successor is shown for a whole period between two checkpoints
 * before it signs, so that it is known by then.
 */
export class RotatingKey {
  readonly #options: RotatingKeyOptions;
  #current: CheckpointKey;
  #next: CheckpointKey | undefined;
  #isAnnounced = false;

  constructor(options: RotatingKeyOptions) {
    this.#options = options;
    this.#current = options.key;
  }

  get current(): CheckpointKey {
    return this.#current;
  }

  /** The key that others are to know: it signs, or will soon. Raw, base64url. */
  get shown(): string {
    return (this.#next ?? this.#current).publicKey;
  }

  /**
   * To be called once per period. Gives the key that signs from now on, when that is another. Rejects when a successor cannot be kept
   * or shown: the next period tries again, and the old one signs meanwhile.
   */
  async advance(): Promise<CheckpointKey | undefined> {
    const { livesForMs, now, announce } = this.#options;
    if (now() - this.#current.createdAtMs < livesForMs) return undefined;
    const next = this.#next;
    if (next && this.#isAnnounced) {
      this.#current = next;
      this.#next = undefined;
      this.#isAnnounced = false;
      return next;
    }
    this.#next ??= await this.#current.successor(now(), livesForMs);
    await announce?.(this.#next.publicKey);
    this.#isAnnounced = true;
    return undefined;
  }
}
