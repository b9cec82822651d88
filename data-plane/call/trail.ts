import type { Ruling } from "../../core/policy/decide.ts";
import type { Call } from "./agent-request.ts";
import type { Finding } from "./finding.ts";
import type { WithheldText } from "./without-secrets.ts";

/** One limit that was checked. */
export interface CheckedLimit {
  readonly name: string;
  /** For a shadow limit: whether it would have refused. */
  readonly refused: boolean;
  readonly shadow: boolean;
  /** What is left. 0 when it could not be counted. */
  readonly remaining: number;
  readonly retryAfterMs: number;
  /** Who counted: all proxies in Redis, this one alone, or nobody. */
  readonly source: "redis" | "local" | "none";
  /** Whether it is counted apart for this agent: what is left of others is none of its business. */
  readonly isOwn: boolean;
  readonly quota: {
    readonly kind: "requests" | "cost" | "concurrent" | "subjects";
    readonly amount: number;
    /** Undefined: at a time. */
    readonly windowMs?: number;
  };
}

/** The approval a call waited on. */
export interface TrailApproval {
  readonly id: string;
  readonly state: string;
  readonly approvers: readonly string[];
}

const maxBlockingRules = 16;

/** What a call meets on its way; its records are made of it. */
export class Trail {
  ruling: Ruling | undefined;
  limits: readonly CheckedLimit[] = [];
  readonly findings: Finding[] = [];
  /** Of the texts of the arguments with secrets that only flows know, what records and the people who decide are shown. */
  readonly withheld: WithheldText[] = [];
  /** The call as inspection left it, where that changed it: records tell of no other. */
  get sent(): Call | undefined {
    return this.#sent;
  }
  approval: TrailApproval | undefined;
  /** Whether inspection changed the answer. */
  isAnswerChanged = false;
  responseBytes = 0;
  /** How many values were taken out of what the agent heard and kept for it, and how many were not. */
  kept = 0;
  notKept = 0;
  /** The types of the values that its tool got in the place of tokens, one for each token. */
  restored: readonly string[] = [];
  /** Milliseconds by step. */
  readonly durationsMs: Record<string, number> = {};
  readonly #now: () => number;
  #sent: Call | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes what inspection made of a call. */
  noteSent(asked: Call, sent: Call): void {
    if (sent !== asked) this.#sent = sent;
  }

  /** Ids of the rules that the call was blocked for. */
  get blockingRules(): readonly string[] {
    const blocking = this.findings.filter(({ action }) => action === "blocked");
    return [...new Set(blocking.map(({ rule }) => rule))].slice(0, maxBlockingRules);
  }

  /** Runs a step and notes how long it took, also when it throws. */
  async time<T>(step: string, run: () => Promise<T> | T): Promise<T> {
    const startedAt = this.#now();
    try {
      return await run();
    } finally {
      const ms = this.#now() - startedAt;
      this.durationsMs[step] = Math.round(((this.durationsMs[step] ?? 0) + ms) * 1_000) / 1_000;
    }
  }
}
