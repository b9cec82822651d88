import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { Backoff } from "../../core/service/backoff.ts";
import type { Env } from "../../core/service/env.ts";
import { CliError } from "../errors.ts";
import { ChildLog } from "./child-log.ts";

/** One process of the gateway, and how to run it. */
export interface ChildSpec {
  /** Also the name of its log file. */
  readonly name: string;
  readonly command: string;
  readonly argv0?: string;
  readonly args: readonly string[];
  readonly env: Env;
  /** For its standard input. */
  readonly input?: string;
  /** Whether it listens to the channel that tells of our death. */
  readonly hasChannel: boolean;
  /** Ends it at once. Default SIGKILL. */
  readonly killSignal?: NodeJS.Signals;
}

export interface ChildSurroundings {
  readonly logFolder: string;
  readonly say: (line: string) => void;
  readonly firstRestartMs?: number;
}

/** So many deaths before it was ever ready mean that waiting will not help. */
const maxEarlyDeaths = 3;
/** A child that has lived this long is well: the next restart is quick again. */
const settledMs = 60_000;
/** The pipes may still hold the last words when the process has gone. */
const lastWordsMs = 50;

/**
 * Keeps one process running: starts it again when it dies, later and later. A process that keeps dying before it
 * was ever ready is given up.
 */
export class Child {
  readonly spec: ChildSpec;
  /** Resolves when it is given up. Never, for one that was ready once. */
  readonly givenUp: Promise<CliError>;
  readonly #surroundings: ChildSurroundings;
  readonly #log: ChildLog;
  readonly #backoff: Backoff;
  #giveUp: (error: CliError) => void = () => undefined;
  #process: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #earlyDeaths = 0;
  #wasReady = false;
  #stopping = false;

  constructor(spec: ChildSpec, surroundings: ChildSurroundings) {
    this.spec = spec;
    this.#surroundings = surroundings;
    this.#log = new ChildLog(join(surroundings.logFolder, `${spec.name}.log`));
    this.#backoff = new Backoff({ firstMs: surroundings.firstRestartMs ?? 500, maxMs: 30_000 });
    this.givenUp = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
    this.#start();
  }

  /** From now on it is always started again. */
  markReady(): void {
    this.#wasReady = true;
  }

  /** Asks it to end; makes it end after the grace period. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#process?.kill("SIGTERM");
    const force = setTimeout(() => this.#signalGroup("SIGKILL"), graceMs);
    await this.#ended;
    clearTimeout(force);
  }

  /** Ends it and everything it started, at once. */
  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#signalGroup(this.spec.killSignal ?? "SIGKILL");
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has gone already.
    }
  }

  #start(): void {
    const { command, args, argv0, env, input, hasChannel } = this.spec;
    this.#startedAt = Date.now();
    this.#log.forget();
    // A process group of its own: a terminal's Ctrl-C reaches only `up`, which ends the children in order.
    const child = spawn(command, args, {
      argv0: argv0 ?? command,
      env: { ...env },
      detached: true,
      stdio: ["pipe", "pipe", "pipe", ...(hasChannel ? (["ipc"] as const) : [])],
    });
    this.#process = child;
    child.stdin?.on("error", () => undefined).end(input ?? "");
    child.stdout?.on("data", (chunk: Buffer) => this.#log.write(chunk));
    child.stderr?.on("data", (chunk: Buffer) => this.#log.write(chunk));
    this.#ended = new Promise((resolve) => {
      const onEnd = (how: string) => {
        this.#process = undefined;
        resolve();
        setTimeout(() => this.#onDeath(how), lastWordsMs);
      };
      child.once("exit", (code, signal) => onEnd(signal ?? `exit code ${code}`));
      child.once("error", (error) => onEnd(error.message));
    });
  }

  #onDeath(how: string): void {
    if (this.#stopping) return;
    const { name } = this.spec;
    const words = this.#log.lastMessages().map((message) => `\n  ${message}`);
    const why = `${words.join("")}\n  Its log: ${this.#log.path}`;
    this.#earlyDeaths += this.#wasReady ? 0 : 1;
    if (this.#earlyDeaths >= maxEarlyDeaths) {
      const message = `${name} ended ${maxEarlyDeaths} times before it was ready (${how}).${why}`;
      this.#giveUp(new CliError("failed", message));
      return;
    }
    if (Date.now() - this.#startedAt > settledMs) this.#backoff.reset();
    const delayMs = this.#backoff.nextMs();
    const seconds = (delayMs / 1000).toFixed(1);
    this.#surroundings.say(`${name} ended (${how}). Starting it again in ${seconds} s.${why}`);
    this.#restart = setTimeout(() => this.#start(), delayMs);
  }
}
