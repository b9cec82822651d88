import { PeerError } from "./peer-error.ts";

/** What goes over a channel: who sends it, in which exchange, the how manyeth, and what. */
export type Frame = readonly [
  from: string,
  exchange: string,
  sequence: number,
  kind: FrameKind,
  content: string,
];

/** A message goes as parts and a last one. Credit says how many characters were taken. */
export type FrameKind = "open" | "part" | "last" | "credit" | "over" | "alive";

export interface ExchangeOptions {
  readonly id: string;
  readonly peer: string;
  /** Sequence of the first frame that this side sends, and of the first that it takes. */
  readonly first: { readonly sent: number; readonly taken: number };
  /** Resolves to whether the peer was there to hear it. */
  readonly publish: (kind: FrameKind, sequence: number, content: string) => Promise<boolean>;
  readonly onOver: () => void;
}

/** Redis gives up a subscriber that is some megabytes behind: each exchange stays far below. */
const windowChars = 256 * 1024;
const partChars = 32 * 1024;
/** A message of JSON inside of JSON; answers of upstreams are refused earlier. */
const maxMessageChars = 160 * 1024 * 1024;

/**
 * One conversation of two proxies: messages in order, both ways. Bounded: who does not take what was said to him
 * stops the other from saying more. It ends when either side ends it, when the peer is gone, and when anything of it was lost.
 */
export class Exchange {
  readonly peer: string;
  readonly #options: ExchangeOptions;
  readonly #over = new AbortController();
  #sent: number;
  #expected: number;
  #room = windowChars;
  #sending: Promise<void> = Promise.resolve();
  #makeRoom: () => void = () => {};
  readonly #inbox: string[] = [];
  #parts: string[] = [];
  #partChars = 0;
  #owed = 0;
  #wake: () => void = () => {};
  /** How it ended: without an error when a side had nothing more to say. */
  #end: { readonly error: Error | undefined } | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.peer = options.peer;
    this.#sent = options.first.sent;
    this.#expected = options.first.taken;
  }

  /** Aborts when the exchange is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Says something. Resolves when it is on its way, rejects when the exchange is over. */
  send(message: unknown): Promise<void> {
    const text = JSON.stringify(message);
    const sent = this.#sending.then(() => this.#sendParts(text));
    this.#sending = sent.catch(() => {});
    return sent;
  }

  /** What the peer says next; undefined when it has nothing more to say. Rejects with a PeerError. */
  async next(): Promise<unknown> {
    while (this.#inbox.length === 0 && !this.#end) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const text = this.#inbox.shift();
    if (text !== undefined) {
      this.#pay();
      return JSON.parse(text);
    }
    if (this.#end?.error) throw this.#end.error;
    return undefined;
  }

  /**
   * Ends it on both sides. Without an error after everything that was said before;
   * with one at once, and what was not taken yet is nothing any more.
   */
  end(error?: PeerError): void {
    if (error) this.#endNow(error);
    else void this.#sending.then(() => this.#endNow(undefined));
  }

  /** Ends it on this side only: the peer is gone or knows it already. */
  close(error?: Error): void {
    if (this.#end) return;
    this.#end = { error };
    this.#over.abort(error);
    this.#makeRoom();
    this.#wake();
    this.#options.onOver();
  }

  /** Takes a frame of the peer. */
  take(sequence: number, kind: FrameKind, content: string): void {
    if (this.#end) return;
    this.#expected += 1;
    if (sequence !== this.#expected) {
      this.end(new PeerError("lost", "Redis lost a part of what two proxies said to each other"));
      return;
    }
    if (kind === "credit") this.#credit(Number(content));
    else if (kind === "over") this.close(content === "" ? undefined : PeerError.fromWire(content));
    else this.#takePart(content, kind === "last");
  }

  #endNow(error: PeerError | undefined): void {
    if (this.#end) return;
    this.#sent += 1;
    const content = error ? JSON.stringify(error.toWire()) : "";
    this.#options.publish("over", this.#sent, content).catch(() => {});
    this.close(error);
  }

  #takePart(content: string, isLast: boolean): void {
    this.#parts.push(content);
    this.#partChars += content.length;
    this.#owed += content.length;
    if (this.#partChars > maxMessageChars) {
      this.end(new PeerError("lost", "another proxy said more than an answer can hold"));
      return;
    }
    if (isLast) {
      this.#inbox.push(this.#parts.join(""));
      this.#parts = [];
      this.#partChars = 0;
      this.#wake();
    } else this.#pay();
  }

  /** Lets the peer say more, once everything before was taken. */
  #pay(): void {
    if (this.#owed === 0 || this.#inbox.length > 0 || this.#end) return;
    const owed = this.#owed;
    this.#owed = 0;
    this.#publish("credit", String(owed)).catch(() => {});
  }

  #credit(chars: number): void {
    this.#room += chars;
    this.#makeRoom();
  }

  async #sendParts(text: string): Promise<void> {
    for (let start = 0; start < text.length; start += partChars) {
      const part = text.slice(start, start + partChars);
      await this.#hasRoomFor(part.length);
      await this.#publish(start + partChars < text.length ? "part" : "last", part);
    }
  }

  async #hasRoomFor(chars: number): Promise<void> {
    while (this.#room < chars && !this.#end) {
      await new Promise<void>((resolve) => {
        this.#makeRoom = resolve;
      });
    }
    this.#room -= chars;
  }

  async #publish(kind: FrameKind, content: string): Promise<void> {
    if (this.#end) throw this.#reason();
    this.#sent += 1;
    try {
      if (await this.#options.publish(kind, this.#sent, content)) return;
    } catch (cause) {
      this.close(
        new PeerError("unreachable", "Redis, over which proxies speak, is away", { cause }),
      );
    }
    this.close(PeerError.gone());
    throw this.#reason();
  }

  #reason(): Error {
    return this.#end?.error ?? new PeerError("over", "the exchange is over");
  }
}
