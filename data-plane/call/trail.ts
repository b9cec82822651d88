import type { Ruling } from "../../core/policy/decide.ts";
import type { Finding } from "./finding.ts";

/** One limit that was checked. */
export interface CheckedLimit {
  readonly name: string;
  readonly refused: boolean;
  readonly shadow: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
}

/** The approval a call waited on. */
export interface TrailApproval {
  readonly id: string;
  readonly state: string;
  readonly approvers: readonly string[];
}

/** What a call meets on its way; its records are made of it. */
export class Trail {
  ruling: Ruling | undefined;
  limits: readonly CheckedLimit[] = [];
  readonly findings: Finding[] = [];
  approval: TrailApproval | undefined;
  responseBytes = 0;
  /** Milliseconds by step. */
  readonly durationsMs: Record<string, number> = {};
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
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
