import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

const rotateAtBytes = 10 * 1024 * 1024;
const keptLines = 5;
const recentMs = 10_000;
/** Frames of a stack and what hangs below an error: the line at the margin tells more in one sentence. */
const isDetail = (line: string) => line === "" || /^[\s}]/.test(line);
const longestLine = 8_192;

/** What one child says: in a file of bounded size, one older file beside it, and its last words in memory. */
export class ChildLog {
  readonly path: string;
  readonly #rotateAtBytes: number;
  readonly #now: () => number;
  #file: number;
  #bytes: number;
  #unfinished = "";
  #lastLines: { readonly line: string; readonly atMs: number }[] = [];

  constructor(
    path: string,
    options: { readonly rotateAtBytes?: number; readonly now?: () => number } = {},
  ) {
    this.path = path;
    this.#now = options.now ?? (() => performance.now());
    this.#rotateAtBytes = options.rotateAtBytes ?? rotateAtBytes;
    this.#file = openSync(path, "a", 0o600);
    this.#bytes = fstatSync(this.#file).size;
  }

  write(chunk: Buffer): void {
    try {
      if (this.#bytes + chunk.length > this.#rotateAtBytes) this.#rotate();
      this.#bytes += writeSync(this.#file, chunk);
    } catch {
      // A full disk must not end the gateway: what is lost here is a log line.
    }
    const lines = (this.#unfinished + chunk.toString("utf8")).split("\n");
    this.#unfinished = (lines.pop() ?? "").slice(-longestLine);
    const atMs = this.#now();
    const told = lines.filter((line) => !isDetail(line)).map((line) => ({ line, atMs }));
    this.#lastLines = [...this.#lastLines, ...told].slice(-keptLines);
  }

  /**
   * The messages of the last lines: of JSON lines `msg` and the error's message, of others the line.
   * None that is old: what was said minutes ago does not explain what happens now.
   */
  lastMessages(): readonly string[] {
    const sinceMs = this.#now() - recentMs;
    return this.#lastLines.filter(({ atMs }) => atMs >= sinceMs).map(({ line }) => messageOf(line));
  }

  /** Forgets what was said, so that the next death is not explained by it. */
  forget(): void {
    this.#lastLines = [];
  }

  close(): void {
    closeSync(this.#file);
  }

  #rotate(): void {
    closeSync(this.#file);
    renameSync(this.path, `${this.path}.1`);
    this.#file = openSync(this.path, "a", 0o600);
    this.#bytes = 0;
  }
}

function messageOf(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    const parts = [msg, err?.message].filter((part) => part !== undefined && part !== "");
    const distinct = [...new Set(parts)];
    return distinct.length > 0 ? distinct.join(": ") : line;
  } catch {
    return line;
  }
}
