import type { Ruling } from "../../core/policy/decide.ts";

/** What the record says of a method that no rule mentions and that passes all the same. */
export function passing(ruling: Ruling): Ruling {
  if (ruling.decision.effect === "allow") return ruling;
  const { operations } = ruling.decision;
  const reason = "no rule denies this method";
  return { ...ruling, decision: { effect: "allow", rule: undefined, reason, operations } };
}
