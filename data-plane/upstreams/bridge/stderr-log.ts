import type { Logger } from "../../../core/service/log.ts";

const longestLine = 4_096;
const linesPerWindow = 100;
const windowMs = 10_000;

/**
 * Takes what a server writes to its standard error into the log: lines cut at 4096 bytes, 100 of them in ten seconds,
 * the rest counted. Values of secrets that the server was given are not repeated.
 */
export class StderrLog {
  readonly #log: Logger;
  readonly #secrets: readonly string[];
  readonly #now: () => number;
  #line: Buffer[] = [];
  #length = 0;
  #lines = 0;
  #dropped = 0;
  #windowEndsMs = 0;

  constructor(log: Logger, secrets: readonly string[], now: () => number) {
    this.#log = log;
    // A short value, such as "1", stands in many a line without being the secret; the longest first, lest a part of it remain.
    this.#secrets = secrets
      .filter((secret) => secret.length >= 6)
      .sort((one, other) => other.length - one.length);
    this.#now = now;
  }

  push(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      this.#take(bytes.subarray(from, end));
      this.#finishLine();
      from = end + 1;
    }
    this.#take(bytes.subarray(from));
  }

  /** Logs the unfinished line, and how many were left out. */
  end(): void {
    this.#finishLine();
    this.#tellDropped();
  }

  /** A little more than is shown is kept, so that a secret on the edge is seen whole. */
  #take(piece: Buffer): void {
    const room = 2 * longestLine - this.#length;
    this.#length += piece.length;
    if (room > 0 && piece.length > 0) this.#line.push(Buffer.from(piece.subarray(0, room)));
  }

  #finishLine(): void {
    if (this.#length === 0) return;
    const line = Buffer.concat(this.#line);
    this.#line = [];
    this.#length = 0;
    if (!this.#mayLog()) return;
    const text = this.#secrets.reduce(
      (said, secret) => said.replaceAll(secret, "[secret]"),
      line.toString("utf8").trimEnd(),
    );
    this.#log.info({ line: text.slice(0, longestLine) }, "the server says");
  }

  #mayLog(): boolean {
    const now = this.#now();
    if (now >= this.#windowEndsMs) {
      this.#tellDropped();
      this.#windowEndsMs = now + windowMs;
      this.#lines = 0;
    }
    this.#lines += 1;
    if (this.#lines <= linesPerWindow) return true;
    this.#dropped += 1;
    return false;
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#log.warn({ lines: this.#dropped }, "the server said more than the log takes");
    this.#dropped = 0;
  }
}
