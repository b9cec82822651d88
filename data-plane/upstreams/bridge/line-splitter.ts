import type { Hold } from "../held-bytes.ts";

/** Turns bytes into lines as they come. Holds one unfinished line, of bounded size. */
export class LineSplitter {
  readonly #hold: Pick<Hold, "resize" | "maxAnswerBytes">;
  #pieces: Buffer[] = [];
  #length = 0;

  /** `hold`: the memory that the line may take. */
  constructor(hold: Pick<Hold, "resize" | "maxAnswerBytes">) {
    this.#hold = hold;
  }

  /** Returns the lines that these bytes complete, without their ends. Throws when a line finds no room. */
  push(bytes: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      this.#take(bytes.subarray(from, end));
      lines.push(this.#finish());
      from = end + 1;
    }
    if (from < bytes.length) this.#take(bytes.subarray(from));
    return lines;
  }

  #take(piece: Buffer): void {
    this.#length += piece.length;
    const { maxAnswerBytes } = this.#hold;
    if (this.#length > maxAnswerBytes) {
      throw new Error(`a line is longer than ${maxAnswerBytes} bytes`);
    }
    this.#hold.resize(this.#length);
    this.#pieces.push(piece);
  }

  /** To be called when nothing more will come. */
  end(): void {
    this.#pieces = [];
    this.#length = 0;
    this.#hold.resize(0);
  }

  #finish(): string {
    const line = Buffer.concat(this.#pieces).toString("utf8");
    this.end();
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }
}
