import { performance } from "node:perf_hooks";
import type { CompiledCommand } from "../../../core/policy/compiled-policy.ts";
import type { Env } from "../../../core/service/env.ts";
import type { Logger } from "../../../core/service/log.ts";
import { CredentialReader } from "../credentials.ts";
import { HeldBytes, Hold } from "../held-bytes.ts";
import { CrashBackoff } from "./crash-backoff.ts";
import type { Refusal } from "./refusal.ts";
import { StdioChild, type StdioChildOptions } from "./stdio-child.ts";
import { Watchdog } from "./watchdog.ts";

export interface ProcessLimits {
  /** At a time, of all upstreams. */
  readonly maxProcesses: number;
  /** Of one agent. Those that all agents share are nobody's. */
  readonly maxProcessesOfAgent: number;
  /** How long a message may wait for its server to read. */
  readonly readWithinMs: number;
}

/** Which process to start, and for whom. */
export interface Launch {
  readonly upstream: string;
  readonly command: CompiledCommand;
  /** Undefined: for all of them. */
  readonly agent: string | undefined;
  readonly log: Logger;
}

export interface LauncherOptions {
  /** What every command may see of the bridge's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the secrets are that policies name. */
  readonly secrets: Env;
  readonly limits: ProcessLimits;
  readonly log: Logger;
}

/** What is said is one line: as long as proxies take answers, and bounded for all processes together. */
const heldBytes = { maxBytes: 256 * 1024 * 1024, maxAnswerBytes: 80 * 1024 * 1024 };

/** Starts server processes: within the bounds, and not at once again when they keep ending. */
export class Launcher {
  readonly #options: LauncherOptions;
  readonly #credentials: CredentialReader;
  readonly #watchdog: Watchdog;
  readonly #running = new Set<Launch>();
  readonly #held = new HeldBytes(heldBytes);
  readonly #backoff = new CrashBackoff(() => performance.now());

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.#credentials = new CredentialReader(options.secrets);
    this.#watchdog = new Watchdog(options.log);
  }

  /** Why it cannot be started now. Undefined when it can. */
  refusal(launch: Launch): Refusal | undefined {
    return this.#crashRefusal(launch) ?? this.#boundRefusal(launch);
  }

  /** Processes of an agent, until they are gone. */
  countOf(agent: string): number {
    return this.#count((it) => it.agent === agent);
  }

  countAt(upstream: string): number {
    return this.#count((it) => it.upstream === upstream);
  }

  /** Throws an UpstreamError when a secret of the command is not there. */
  launch(launch: Launch, handlers: Pick<StdioChildOptions, "onLine" | "onEnd">): StdioChild {
    const { command, log, agent } = launch;
    const variables = this.#credentials.variablesFor(command);
    this.#running.add(launch);
    return new StdioChild({
      command: command.command,
      env: { ...this.#options.env, ...variables },
      secrets: Object.values(variables),
      watchdog: this.#watchdog,
      readWithinMs: this.#options.limits.readWithinMs,
      hold: new Hold(this.#held, launch.upstream),
      shareOfOwner: agent === undefined ? 0.25 : 1,
      log,
      onLine: handlers.onLine,
      onEnd: (end) => {
        this.#running.delete(launch);
        if (!end.wasAsked) this.#backoff.crashed(keyOf(launch), end);
        handlers.onEnd(end);
      },
    });
  }

  /** After a change of the policy, what kept ending may be started anew. */
  forgetCrashes(): void {
    this.#backoff.forget();
  }

  close(): void {
    this.#watchdog.close();
  }

  #crashRefusal(launch: Launch): Refusal | undefined {
    const crashes = this.#backoff.find(keyOf(launch));
    if (!crashes) return undefined;
    const { count, reason, waitMs } = crashes;
    const times = count === 1 ? "once" : `${count} times in a row`;
    const seconds = Math.ceil(waitMs / 1_000);
    return {
      kind: "crashing",
      retryAfterMs: waitMs,
      message: `the server ${launch.upstream} ended unexpectedly ${times} (it ${reason}); it is started again in ${seconds} s at the earliest: try again then`,
    };
  }

  #boundRefusal({ upstream, command, agent }: Launch): Refusal | undefined {
    const { maxProcesses, maxProcessesOfAgent } = this.#options.limits;
    if (agent !== undefined && this.countOf(agent) >= maxProcessesOfAgent) {
      const message = `this agent has ${maxProcessesOfAgent} server processes, as many as one may have: end sessions that are not needed, then try again`;
      return { kind: "agent-full", retryAfterMs: 10_000, message };
    }
    const ofUpstream = this.countAt(upstream);
    const isFull = ofUpstream >= command.maxProcesses || this.#running.size >= maxProcesses;
    if (!isFull) return undefined;
    const message = `the bridge runs as many processes as it may (for ${upstream}: ${ofUpstream}): try again later`;
    return { kind: "full", retryAfterMs: 10_000, message };
  }

  #count(matches: (launch: Launch) => boolean): number {
    return [...this.#running].filter(matches).length;
  }
}

/** A crash that an agent can cause is no reason to refuse others. */
function keyOf({ upstream, agent }: Launch): string {
  return JSON.stringify([upstream, agent]);
}
