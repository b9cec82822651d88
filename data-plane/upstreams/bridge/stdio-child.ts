import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import type { Logger } from "../../../core/service/log.ts";
import type { Hold } from "../held-bytes.ts";
import { InputQueue } from "./input-queue.ts";
import { LineSplitter } from "./line-splitter.ts";
import { StderrLog } from "./stderr-log.ts";
import type { Watchdog } from "./watchdog.ts";

export interface StdioChildOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Of its environment: not to be repeated in the log. */
  readonly secrets: readonly string[];
  readonly watchdog: Watchdog;
  /** How long a message may wait for the child to read. */
  readonly readWithinMs: number;
  /** How much of what waits may be of one owner, from 0 to 1. */
  readonly shareOfOwner: number;
  /** The memory that a line of its output may take. */
  readonly hold: Pick<Hold, "resize" | "maxAnswerBytes">;
  readonly log: Logger;
  readonly onLine: (line: string) => void;
  /** Called once, after the last line. */
  readonly onEnd: (end: ChildEnd) => void;
}

export interface ChildEnd {
  /** For people. */
  readonly reason: string;
  /** Whether we ended it. */
  readonly wasAsked: boolean;
  readonly livedMs: number;
}

const maxUnreadBytes = 16 * 1024 * 1024;
const closeStdinForMs = 1_000;
const terminateForMs = 2_000;
/** A process of the child may hold its output open when the child itself has gone. */
const lastWordsMs = 200;

/** A server process that speaks one JSON-RPC message a line. It leads a process group, which ends with it. */
export class StdioChild {
  readonly #options: StdioChildOptions;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #input: InputQueue;
  readonly #startedAtMs = performance.now();
  readonly #ended: Promise<void>;
  #reason: string | undefined;

  constructor(options: StdioChildOptions) {
    this.#options = options;
    const [program = "", ...args] = options.command;
    this.#process = spawn(program, args, { env: options.env, detached: true });
    if (this.#process.pid !== undefined) options.watchdog.watch(this.#process.pid);
    this.#input = new InputQueue(this.#process.stdin, {
      maxBytes: maxUnreadBytes,
      maxBytesOfOwner: maxUnreadBytes * options.shareOfOwner,
      waitMs: options.readWithinMs,
    });
    this.#ended = new Promise((resolve) => this.#followEnd(resolve));
    this.#readOutput();
    this.#logErrors();
    // A process that is gone cannot be written to. That it is gone is told elsewhere.
    this.#process.stdin.on("error", () => {});
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** False when the child is gone, or so slow in reading that there is no room. */
  write(line: string, owner: string, onGivenUp: () => void): boolean {
    return this.#input.push({ line, owner, onGivenUp });
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
      const { pid } = this.#process;
      if (pid !== undefined) this.#options.watchdog.unwatch(pid);
      this.#options.onEnd({
        reason: this.#reason ?? reason,
        wasAsked: this.#reason !== undefined,
        livedMs: performance.now() - this.#startedAtMs,
      });
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
    const splitter = new LineSplitter(this.#options.hold);
    const onData = (bytes: Buffer) => {
      try {
        for (const line of splitter.push(bytes)) this.#options.onLine(line);
      } catch (error) {
        this.#process.stdout.off("data", onData).resume();
        splitter.end();
        void this.end(`was ended: ${(error as Error).message}`);
      }
    };
    this.#process.stdout.on("data", onData);
    this.#process.stdout.once("close", () => splitter.end());
  }

  #logErrors(): void {
    const { log, secrets } = this.#options;
    const heard = new StderrLog(log, secrets, () => performance.now());
    this.#process.stderr.on("data", (bytes: Buffer) => heard.push(bytes));
    this.#process.stderr.once("close", () => heard.end());
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
