import type { SseEvent } from "../../mcp/sse.ts";

/** Something a server said on its own. */
export interface Said {
  readonly event: SseEvent;
  readonly message: Readonly<Record<string, unknown>>;
}

const maxMessages = 256;
const maxLength = 4 * 1024 * 1024;

/** Keeps what a server says on its own until the agent takes it. Bounded: the oldest make room. */
export class Outbox {
  #messages: Said[] = [];
  #length = 0;
  #listener: AbortController | undefined;
  #wake: () => void = () => {};

  get isListenedTo(): boolean {
    return this.#listener !== undefined;
  }

  /** Returns what had to make room. */
  add(said: Said): readonly Said[] {
    this.#messages.push(said);
    this.#length += lengthOf(said);
    const dropped: Said[] = [];
    while (this.#messages.length > maxMessages || this.#length > maxLength) {
      const oldest = this.#take();
      if (oldest) dropped.push(oldest);
    }
    this.#wake();
    return dropped;
  }

  /** Puts back what was taken and could not be passed on. */
  putBack(said: Said): void {
    this.#messages.unshift(said);
    this.#length += lengthOf(said);
    this.#wake();
  }

  /**
   * What is kept and what will come, until the signal aborts. A newer listener ends the older:
   * an agent that comes again must not be locked out by its own dead connection.
   */
  listen(signal: AbortSignal): AsyncIterable<Said> {
    this.end();
    const listener = new AbortController();
    const stop = () => listener.abort();
    listener.signal.addEventListener("abort", () => {
      signal.removeEventListener("abort", stop);
      if (this.#listener === listener) this.#listener = undefined;
      this.#wake();
    });
    this.#listener = listener;
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    return this.#read(listener);
  }

  /** Ends the stream of the listener. What is kept stays for the next. */
  end(): void {
    this.#listener?.abort();
  }

  async *#read(listener: AbortController): AsyncGenerator<Said> {
    try {
      while (!listener.signal.aborted) {
        const said = this.#take();
        if (said) yield said;
        else await this.#woken();
      }
    } finally {
      listener.abort();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #take(): Said | undefined {
    const oldest = this.#messages.shift();
    if (oldest) this.#length -= lengthOf(oldest);
    return oldest;
  }
}

function lengthOf({ event }: Said): number {
  return event.data?.length ?? 0;
}
