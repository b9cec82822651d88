import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { CompiledCommand } from "../../../core/policy/compiled-policy.ts";
import type { Logger } from "../../../core/service/log.ts";
import type { JsonRpcRequest } from "../../mcp/json-rpc.ts";
import { UpstreamError } from "../upstream-error.ts";
import { BridgeSession } from "./bridge-session.ts";
import { type Launch, Launcher, type LauncherOptions, type ProcessLimits } from "./launcher.ts";
import { PooledSession } from "./pooled-session.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import { handshakeOf, ServerPool } from "./server-pool.ts";
import type { Session } from "./session.ts";
import type { SharedServer } from "./shared-server.ts";

export interface SessionLimits extends ProcessLimits {
  readonly maxSessions: number;
  readonly maxSessionsOfAgent: number;
  readonly idleMs: number;
  /** For the answer to initialize. */
  readonly startWithinMs: number;
}

const sweepEveryMs = 15_000;
const longestWaitMs = 1_000;

/** The sessions of a bridge, and the servers behind them. */
export class SessionTable {
  /** One with a process of its own is here until that is gone. */
  readonly #sessions = new Map<string, Session>();
  readonly #launcher: Launcher;
  readonly #pool: ServerPool;
  readonly #limits: SessionLimits;
  readonly #log: Logger;
  readonly #sweeper: NodeJS.Timeout;
  #commands: ReadonlyMap<string, CompiledCommand> = new Map();

  constructor(options: LauncherOptions & { readonly limits: SessionLimits }) {
    this.#limits = options.limits;
    this.#log = options.log;
    this.#launcher = new Launcher(options);
    const { startWithinMs, idleMs } = options.limits;
    this.#pool = new ServerPool({ launcher: this.#launcher, startWithinMs, log: options.log });
    const everyMs = Math.min(sweepEveryMs, idleMs / 2);
    this.#sweeper = setInterval(() => this.#endIdle(), everyMs).unref();
  }

  get openRequests(): number {
    const own = [...this.#sessions.values()].filter(({ pid }) => pid !== undefined);
    return [...own, ...this.#pool.servers].reduce((sum, { openRequests }) => sum + openRequests, 0);
  }

  /** Process ids of the servers that run. */
  get pids(): readonly number[] {
    const holders = [...this.#sessions.values(), ...this.#pool.servers];
    return holders.flatMap(({ pid }) => pid ?? []);
  }

  /** Undefined: the policy has none of this name. */
  commandOf(upstream: string): CompiledCommand | undefined {
    return this.#commands.get(upstream);
  }

  /** Replaces the commands. Sessions of those that are gone or changed end. */
  replaceCommands(commands: ReadonlyMap<string, CompiledCommand>): void {
    const before = this.#commands;
    this.#commands = commands;
    this.#launcher.forgetCrashes();
    const isChanged = (upstream: string) =>
      JSON.stringify(commands.get(upstream)) !== JSON.stringify(before.get(upstream));
    const reason = "was ended: the policy changed its command";
    for (const session of this.#sessions.values()) {
      if (isChanged(session.upstream)) void session.end(reason);
    }
    void this.#pool.endWhere(isChanged, reason);
  }

  /** The session of this id, for the agent whose it is. */
  find(id: string, upstream: string, agent: string): Session | undefined {
    const session = this.#sessions.get(id);
    const isTheirs = session?.upstream === upstream && session.agent === agent;
    return isTheirs && !session.isEnding ? session : undefined;
  }

  /** A new session, of a server that is started for it or runs already. */
  async create(
    upstream: string,
    agent: string,
    request: JsonRpcRequest,
  ): Promise<Session | Refusal> {
    const id = randomUUID();
    const launch = this.#launchOf(upstream, agent, id);
    const handshake = handshakeOf(request.params);
    const isOwn = launch.command.process === "session";
    const needsProcess = () => isOwn || !this.#pool.find(launch, handshake);
    if (needsProcess()) await this.#makeRoom(launch);
    const refusal =
      this.#sessionRefusal(agent) ?? (needsProcess() ? this.#launcher.refusal(launch) : undefined);
    if (refusal) return refusal;
    return guarded(launch, () => {
      const onEnd = () => this.#sessions.delete(id);
      const session = isOwn
        ? new BridgeSession({
            id,
            upstream,
            agent,
            launch: (handlers) => this.#launcher.launch(launch, handlers),
            startWithinMs: this.#limits.startWithinMs,
            log: launch.log,
            onEnd,
          })
        : new PooledSession({
            id,
            upstream,
            agent,
            ...(this.#pool.find(launch, handshake) ?? this.#pool.start(launch, handshake)),
            onEnd,
          });
      this.#sessions.set(id, session);
      return session;
    });
  }

  /** The server for requests without a session (MCP 2026-07-28). Undefined when it does not speak that. */
  async modern(upstream: string, agent: string): Promise<SharedServer | Refusal | undefined> {
    const launch = this.#launchOf(upstream, agent, "modern");
    if (this.#pool.isLegacy(launch)) return undefined;
    if (!this.#pool.find(launch, "modern")) await this.#makeRoom(launch);
    const running = this.#pool.find(launch, "modern");
    const refusal = running ? undefined : this.#launcher.refusal(launch);
    if (refusal) return refusal;
    const pooled = guarded(launch, () => running ?? this.#pool.start(launch, "modern"));
    if (isRefusal(pooled)) return pooled;
    const speaksIt = await pooled.greeting.then(
      () => true,
      () => false,
    );
    return speaksIt ? pooled.server : undefined;
  }

  /** Ends every session, and waits until every process is gone. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    const reason = "was ended: the bridge stops";
    const sessions = [...this.#sessions.values()];
    await Promise.all(sessions.map((session) => session.end(reason)));
    await this.#pool.endWhere(() => true, reason);
    this.#launcher.close();
  }

  /** Without a session a process is never one session's own: then it is its agent's. */
  #launchOf(upstream: string, agent: string, name: string): Launch {
    const command = this.#commands.get(upstream);
    if (!command) throw new Error(`no command ${upstream}`);
    const isForAll = command.process === "shared";
    return {
      upstream,
      command,
      agent: isForAll ? undefined : agent,
      log: this.#log.child({ upstream, ...(isForAll ? {} : { agent, session: name.slice(0, 8) }) }),
    };
  }

  #sessionRefusal(agent: string): Refusal | undefined {
    const { maxSessions, maxSessionsOfAgent } = this.#limits;
    const ofAgent = [...this.#sessions.values()].filter((it) => it.agent === agent).length;
    if (ofAgent >= maxSessionsOfAgent) {
      const message = `this agent has ${ofAgent} sessions, as many as one may have: end those that are not needed, then try again`;
      return { kind: "agent-full", retryAfterMs: 10_000, message };
    }
    if (this.#sessions.size < maxSessions) return undefined;
    const message = "the bridge has as many sessions as it may: try again later";
    return { kind: "full", retryAfterMs: 10_000, message };
  }

  /** When all places are taken, an unused one of somebody who has more of them is given up. */
  async #makeRoom(launch: Launch): Promise<void> {
    const refusal = this.#launcher.refusal(launch);
    // What ended once for no reason comes back without a word; what keeps ending is told at once.
    if (refusal?.kind === "crashing" && refusal.retryAfterMs <= longestWaitMs) {
      await setTimeout(refusal.retryAfterMs);
    }
    if (this.#launcher.refusal(launch)?.kind !== "full") return;
    await this.#spare(launch)?.end("was ended: it was not in use, and another agent had no place");
  }

  #spare({ upstream, command, agent }: Launch): Session | SharedServer | undefined {
    const isUpstreamFull = this.#launcher.countAt(upstream) >= command.maxProcesses;
    const helps = (it: Session | SharedServer) =>
      !it.isEnding && (!isUpstreamFull || it.upstream === upstream);
    const mine = agent === undefined ? 0 : this.#launcher.countOf(agent);
    return (
      this.#pool.servers.find((it) => helps(it) && it.idleMs > 0) ??
      [...this.#sessions.values()]
        .filter((it) => helps(it) && it.pid !== undefined && it.openRequests === 0)
        .filter((it) => this.#launcher.countOf(it.agent) > mine + 1)
        .sort((one, other) => other.unusedMs - one.unusedMs)[0]
    );
  }

  #endIdle(): void {
    for (const it of [...this.#sessions.values(), ...this.#pool.servers]) {
      if (it.idleMs >= this.#limits.idleMs) void it.end("was ended: nobody used it");
    }
  }
}

/** A secret that is not there is the operator's to mend, and not known to the agent. */
function guarded<T extends object>({ upstream, log }: Launch, start: () => T): T | Refusal {
  try {
    return start();
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    log.error(
      { cause: (error.cause as Error | undefined)?.message },
      "a command cannot be started",
    );
    const message = `the server ${upstream} cannot be started: the gateway lacks a secret of its environment`;
    return { kind: "misconfigured", retryAfterMs: 30_000, message };
  }
}
