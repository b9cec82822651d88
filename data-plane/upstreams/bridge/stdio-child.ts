import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Logger } from "../../../core/service/log.ts";
import { LineSplitter } from "./line-splitter.ts";

export interface StdioChildOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly onLine: (line: string) => void;
  /** Called once, after the last line. The reason is for people. */
  readonly onEnd: (reason: string) => void;
}

const maxLineBytes = 16 * 1024 * 1024;
const maxUnreadBytes = 16 * 1024 * 1024;
const longestLogLine = 4_096;
const closeStdinForMs = 1_000;
const terminateForMs = 2_000;
/** A process of the child may hold its output open when the child itself has gone. */
const lastWordsMs = 200;

/** A server process that speaks one JSON-RPC message a line. It leads a process group, which ends with it. */
export class StdioChild {
  readonly #options: StdioChildOptions;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #reason: string | undefined;

  constructor(options: StdioChildOptions) {
    this.#options = options;
    const [program = "", ...args] = options.command;
    this.#process = spawn(program, args, { env: options.env, detached: true });
    this.#ended = new Promise((resolve) => this.#followEnd(resolve));
    this.#readOutput();
    this.#logErrors();
    // A process that is gone cannot be written to. That it is gone is told elsewhere.
    this.#process.stdin.on("error", () => {});
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** False when the child has stopped reading, or is gone. */
  write(line: string): boolean {
    const { stdin } = this.#process;
    if (!stdin.writable || stdin.writableLength > maxUnreadBytes) return false;
    stdin.write(`${line}\n`);
    return true;
  }

  /** Closes its input, then asks it to end, then makes it end. */
  async end(reason: string): Promise<void> {
    this.#reason ??= reason;
    this.#process.stdin.end();
    const terminate = setTimeout(() => this.#signalGroup("SIGTERM"), closeStdinForMs);
    const kill = setTimeout(() => this.#signalGroup("SIGKILL"), closeStdinForMs + terminateForMs);
    await this.#ended;
    clearTimeout(terminate);
    clearTimeout(kill);
  }

  #followEnd(resolve: () => void): void {
    let ended = false;
    const onEnd = (reason: string) => {
      if (ended) return;
      ended = true;
      this.#options.onEnd(this.#reason ?? reason);
      resolve();
    };
    this.#process.once("error", (error: NodeJS.ErrnoException) => {
      if (this.#process.pid === undefined) onEnd(`could not be started (${error.code})`);
    });
    this.#process.once("exit", (code, signal) => {
      const reason = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      this.#signalGroup("SIGKILL");
      this.#process.once("close", () => onEnd(reason));
      setTimeout(() => onEnd(reason), lastWordsMs);
    });
  }

  #readOutput(): void {
    const splitter = new LineSplitter(maxLineBytes);
    const onData = (bytes: Buffer) => {
      try {
        for (const line of splitter.push(bytes)) this.#options.onLine(line);
      } catch (error) {
        this.#process.stdout.off("data", onData).resume();
        void this.end(`was ended: ${(error as Error).message}`);
      }
    };
    this.#process.stdout.on("data", onData);
  }

  #logErrors(): void {
    const splitter = new LineSplitter(maxLineBytes);
    const onData = (bytes: Buffer) => {
      try {
        for (const line of splitter.push(bytes)) {
          this.#options.log.info({ line: line.slice(0, longestLogLine) }, "the server says");
        }
      } catch {
        this.#process.stderr.off("data", onData).resume();
      }
    };
    this.#process.stderr.on("data", onData);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  }
}
