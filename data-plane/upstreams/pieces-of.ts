import type { Readable } from "node:stream";

/** So much may wait to be taken before the upstream is asked to stop. */
const maxWaitingBytes = 256 * 1024;

/**
 * The pieces of a body as they came off the socket; a stream's own iterator copies those that wait into one.
 * A slow reader slows the upstream. Rejects when the body breaks off. Leaving it leaves the body as it is.
 */
export async function* piecesOf(body: Readable): AsyncGenerator<Buffer> {
  const flow = new Flow(body);
  try {
    for (let piece = await flow.next(); piece; piece = await flow.next()) yield piece;
  } finally {
    flow.leave();
  }
}

class Flow {
  readonly #body: Readable;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isOver = false;
  #failure: Error | undefined;
  #wake = () => {};

  constructor(body: Readable) {
    this.#body = body;
    if (body.errored) this.#onError(body.errored);
    else if (body.destroyed || body.readableEnded) this.#onClose();
    body.on("data", this.#onData).on("end", this.#onEnd);
    body.on("error", this.#onError).on("close", this.#onClose);
  }

  /** The next piece; undefined when all has come. */
  async next(): Promise<Buffer | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#failure) throw this.#failure;
      if (this.#isOver) return undefined;
      if (this.#body.isPaused()) this.#body.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const piece = this.#waiting.shift();
    this.#waitingBytes -= piece?.length ?? 0;
    return piece;
  }

  leave(): void {
    const body = this.#body;
    body.off("data", this.#onData).off("end", this.#onEnd);
    body.off("error", this.#onError).off("close", this.#onClose);
    body.pause();
  }

  readonly #onData = (piece: Buffer) => {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#waitingBytes >= maxWaitingBytes) this.#body.pause();
    this.#wake();
  };

  readonly #onEnd = () => {
    this.#isOver = true;
    this.#wake();
  };

  readonly #onError = (error: Error) => {
    this.#failure ??= error;
    this.#wake();
  };

  readonly #onClose = () => {
    if (!this.#isOver) this.#onError(new Error("the body was closed before its end"));
  };
}
