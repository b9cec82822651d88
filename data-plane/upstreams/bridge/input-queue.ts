import { performance } from "node:perf_hooks";
import type { Writable } from "node:stream";

export interface InputLine {
  readonly line: string;
  /** Whose it is. One owner takes no more than its part of the room. */
  readonly owner: string;
  /** Called when the server did not read in time: it never saw the line. */
  readonly onGivenUp: () => void;
}

export interface InputLimits {
  readonly maxBytes: number;
  readonly maxBytesOfOwner: number;
  readonly waitMs: number;
}

interface Waiting extends InputLine {
  readonly bytes: number;
  readonly untilMs: number;
}

/** Lines on their way to a server that may read slowly. What waits is bounded, and how long it waits. */
export class InputQueue {
  readonly #stdin: Writable;
  readonly #limits: InputLimits;
  readonly #waiting: Waiting[] = [];
  readonly #bytesOf = new Map<string, number>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stdin: Writable, limits: InputLimits) {
    this.#stdin = stdin;
    this.#limits = limits;
    stdin.on("drain", () => this.#flush());
    stdin.once("close", () => clearTimeout(this.#timer));
  }

  /** False when the server is gone or there is no room. */
  push(input: InputLine): boolean {
    const { line, owner } = input;
    if (!this.#stdin.writable) return false;
    if (this.#waiting.length === 0 && !this.#stdin.writableNeedDrain) {
      this.#stdin.write(`${line}\n`);
      return true;
    }
    const bytes = Buffer.byteLength(line);
    const { maxBytes, maxBytesOfOwner, waitMs } = this.#limits;
    const ofOwner = (this.#bytesOf.get(owner) ?? 0) + bytes;
    if (this.#bytes + bytes > maxBytes || ofOwner > maxBytesOfOwner) return false;
    this.#bytes += bytes;
    this.#bytesOf.set(owner, ofOwner);
    this.#waiting.push({ ...input, bytes, untilMs: performance.now() + waitMs });
    this.#timer ??= setTimeout(() => this.#giveUp(), waitMs);
    return true;
  }

  #flush(): void {
    while (!this.#stdin.writableNeedDrain && this.#stdin.writable) {
      const next = this.#take();
      if (!next) return;
      this.#stdin.write(`${next.line}\n`);
    }
  }

  #giveUp(): void {
    this.#timer = undefined;
    const now = performance.now();
    let first = this.#waiting[0];
    while (first && first.untilMs <= now) {
      this.#take();
      first.onGivenUp();
      first = this.#waiting[0];
    }
    if (first) this.#timer = setTimeout(() => this.#giveUp(), first.untilMs - now + 1);
  }

  #take(): Waiting | undefined {
    const next = this.#waiting.shift();
    if (!next) return undefined;
    this.#bytes -= next.bytes;
    const ofOwner = (this.#bytesOf.get(next.owner) ?? 0) - next.bytes;
    if (ofOwner > 0) this.#bytesOf.set(next.owner, ofOwner);
    else this.#bytesOf.delete(next.owner);
    return next;
  }
}
