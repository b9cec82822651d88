/** A message of a server that no stream could take yet. */
export interface WaitingMessage {
  readonly line: string;
  /** Set for a request, which somebody must answer. */
  readonly id?: unknown;
}

interface WaitingLimits {
  readonly maxMessages: number;
  readonly maxLength: number;
}

/** Keeps what a server says while nobody listens. Bounded: the oldest make room. */
export class WaitingMessages {
  readonly #limits: WaitingLimits;
  #messages: WaitingMessage[] = [];
  #length = 0;

  constructor(limits: WaitingLimits = { maxMessages: 256, maxLength: 4 * 1024 * 1024 }) {
    this.#limits = limits;
  }

  /** Returns what had to make room. */
  add(message: WaitingMessage): readonly WaitingMessage[] {
    this.#messages.push(message);
    this.#length += message.line.length;
    const { maxMessages, maxLength } = this.#limits;
    const dropped: WaitingMessage[] = [];
    while (this.#messages.length > maxMessages || this.#length > maxLength) {
      const oldest = this.#messages.shift();
      if (!oldest) break;
      this.#length -= oldest.line.length;
      dropped.push(oldest);
    }
    return dropped;
  }

  takeAll(): readonly WaitingMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#length = 0;
    return messages;
  }
}
