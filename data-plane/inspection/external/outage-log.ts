import type { Logger } from "../../../core/service/log.ts";

const everyMs = 10_000;

/** Says in the log that a scanner is away, why, and how often: not for every call. */
export class OutageLog {
  readonly #name: string;
  readonly #log: Pick<Logger, "warn" | "info">;
  #missed = 0;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #isAway = false;

  constructor(name: string, log: Pick<Logger, "warn" | "info">) {
    this.#name = name;
    this.#log = log;
  }

  missed(reason: string): void {
    this.#missed += 1;
    this.#isAway = true;
    const nowMs = performance.now();
    if (nowMs < this.#saidAtMs + everyMs) return;
    this.#saidAtMs = nowMs;
    const told = { scanner: this.#name, reason, messages: this.#missed };
    this.#log.warn(told, "a scanner gives no verdict");
    this.#missed = 0;
  }

  answered(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#log.info({ scanner: this.#name, messages: this.#missed }, "a scanner is back");
    this.#missed = 0;
  }
}
