import type { ServerResponse } from "node:http";

/** A reader that takes nothing for this long is given up: what is meant for it would fill our memory. */
const slowReaderMs = 30_000;
/** So much may wait for the agent: waiting after each piece would leave its connection idle in between. */
const maxWaitingBytes = 256 * 1024;
/** Longer ends go out in pieces, so that an agent that takes none is noticed. */
const pieceBytes = 256 * 1024;

/** Writes to one agent no faster than it reads. Everything is safe to call when the agent has gone. */
export class AgentWriter {
  readonly #response: ServerResponse;
  readonly #onSlow: (waitedMs: number) => void;
  readonly #giveUpAfterMs: number;
  #isEnding = false;
  /** The last of those who write: whoever comes later is behind it. */
  #last: Promise<void> | undefined;

  constructor(
    response: ServerResponse,
    onSlow: (waitedMs: number) => void,
    giveUpAfterMs = slowReaderMs,
  ) {
    this.#response = response;
    this.#onSlow = onSlow;
    this.#giveUpAfterMs = giveUpAfterMs;
  }

  /** Resolves when the agent may be sent more, or has gone. Several may speak at once: what they say stays in order. */
  async write(bytes: Buffer | string): Promise<void> {
    if (this.#isEnding) return;
    const turn = this.#last?.then(() => this.#put(bytes)) ?? this.#put(bytes);
    this.#last = turn;
    await turn;
    if (this.#last === turn) this.#last = undefined;
  }

  /** Sends the last there is, and ends the response. */
  end(bytes: Buffer | string): void {
    if (this.#isEnding || !this.#isWritable) return;
    this.#isEnding = true;
    if (bytes.length <= pieceBytes && this.#last === undefined) this.#response.end(bytes);
    else void this.#endInPieces(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  }

  async #put(bytes: Buffer | string): Promise<void> {
    const response = this.#response;
    if (!this.#isWritable || response.write(bytes)) return;
    if (response.writableLength >= maxWaitingBytes) await this.#drained();
  }

  async #endInPieces(bytes: Buffer): Promise<void> {
    await this.#last;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await this.#put(bytes.subarray(at, at + pieceBytes));
    }
    if (this.#isWritable) this.#response.end();
  }

  get #isWritable(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(giveUp);
        this.#response.off("drain", done);
        this.#response.off("close", done);
        resolve();
      };
      const giveUp = setTimeout(() => {
        this.#onSlow(this.#giveUpAfterMs);
        this.#response.destroy();
      }, this.#giveUpAfterMs);
      this.#response.once("drain", done);
      this.#response.once("close", done);
    });
  }
}
