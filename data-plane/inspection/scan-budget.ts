import { performance } from "node:perf_hooks";

/** Thrown when a value asks for more work than it may cost. The inspector turns it into a verdict. */
export class ScanStopped extends Error {
  /** Id of the rule that stopped the scan. */
  readonly rule: "scan.budget" | "scan.limits";

  constructor(rule: ScanStopped["rule"], message: string) {
    super(message);
    this.rule = rule;
  }
}

const unitsBetweenLooks = 64;
const charactersPerUnit = 1_024;

/** The time that one value may cost. Small values never look at the clock: only work in bulk is suspicious. */
export class ScanBudget {
  readonly #endsAtMs: number;
  #units = 0;

  constructor(limitMs: number) {
    this.#endsAtMs = performance.now() + limitMs;
  }

  /** Counts one window that a confirmer looks at. Throws {@link ScanStopped} when time is up. */
  spendWindow(): void {
    this.#spend(1);
  }

  /** Counts text that was read once. */
  spendCharacters(count: number): void {
    this.#spend(count / charactersPerUnit);
  }

  #spend(units: number): void {
    this.#units += units;
    if (this.#units < unitsBetweenLooks) return;
    this.#units = 0;
    if (performance.now() > this.#endsAtMs) {
      throw new ScanStopped("scan.budget", "it takes too long to look through");
    }
  }
}
