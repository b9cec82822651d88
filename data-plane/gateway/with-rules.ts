import type { Outcome } from "../call/outcome.ts";
import type { Trail } from "../call/trail.ts";

/** A call that was blocked says by which rules, so that a program need not read the words for models. */
export function withRules(outcome: Outcome, { blockingRules }: Trail): Outcome {
  if (outcome.kind !== "blocked" || blockingRules.length === 0) return outcome;
  return { ...outcome, rules: blockingRules };
}
