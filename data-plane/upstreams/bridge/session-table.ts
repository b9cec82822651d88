import { randomUUID } from "node:crypto";
import type { Logger } from "../../../core/service/log.ts";
import { BridgeSession } from "./bridge-session.ts";

export interface SessionLimits {
  /** Each session is a process. */
  readonly maxSessions: number;
  readonly idleMs: number;
  /** For the answer to initialize. */
  readonly startWithinMs: number;
}

const sweepEveryMs = 15_000;

/** The sessions of a bridge, and which command each of them runs. */
export class SessionTable {
  /** Until their process is gone: what counts is processes. */
  readonly #sessions = new Map<string, BridgeSession>();
  readonly #env: Readonly<Record<string, string>>;
  readonly #limits: SessionLimits;
  readonly #log: Logger;
  readonly #sweeper: NodeJS.Timeout;
  #commands: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(options: {
    readonly env: Readonly<Record<string, string>>;
    readonly limits: SessionLimits;
    readonly log: Logger;
  }) {
    this.#env = options.env;
    this.#limits = options.limits;
    this.#log = options.log;
    const everyMs = Math.min(sweepEveryMs, this.#limits.idleMs / 2);
    this.#sweeper = setInterval(() => this.#endIdle(), everyMs).unref();
  }

  get openRequests(): number {
    return [...this.#sessions.values()].reduce((sum, { openRequests }) => sum + openRequests, 0);
  }

  /** Process ids of the servers that run. */
  get pids(): readonly number[] {
    return [...this.#sessions.values()].flatMap(({ pid }) => pid ?? []);
  }

  serves(upstream: string): boolean {
    return this.#commands.has(upstream);
  }

  /** Replaces the commands. Sessions of those that are gone or changed end. */
  replaceCommands(commands: ReadonlyMap<string, readonly string[]>): void {
    const before = this.#commands;
    this.#commands = commands;
    for (const session of this.#sessions.values()) {
      const { upstream } = session;
      if (JSON.stringify(commands.get(upstream)) === JSON.stringify(before.get(upstream))) continue;
      void session.end("was ended: the policy changed its command");
    }
  }

  find(id: string, upstream: string): BridgeSession | undefined {
    const session = this.#sessions.get(id);
    return session?.upstream === upstream && !session.isEnding ? session : undefined;
  }

  /** Starts a server for a new session. "full" when there are too many. */
  create(upstream: string): BridgeSession | "full" {
    if (this.#sessions.size >= this.#limits.maxSessions) return "full";
    const id = randomUUID();
    const session = new BridgeSession({
      id,
      upstream,
      command: this.#commands.get(upstream) ?? [],
      env: this.#env,
      startWithinMs: this.#limits.startWithinMs,
      log: this.#log.child({ upstream, session: id.slice(0, 8) }),
      onEnd: () => this.#sessions.delete(id),
    });
    this.#sessions.set(id, session);
    return session;
  }

  /** Ends every session, and waits until every process is gone. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    const sessions = [...this.#sessions.values()];
    await Promise.all(sessions.map((session) => session.end("was ended: the bridge stops")));
  }

  #endIdle(): void {
    for (const session of this.#sessions.values()) {
      if (session.idleMs >= this.#limits.idleMs) void session.end("was ended: nobody used it");
    }
  }
}
