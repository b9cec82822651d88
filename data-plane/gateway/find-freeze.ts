import type { Ruling } from "../../core/policy/decide.ts";
import type { AgentRequest } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Gateway } from "./gateway.ts";

/** What a freeze makes of a request. */
export interface Frozen {
  readonly outcome: Extract<Outcome, { kind: "denied" }>;
  /** The policy's, but denied. */
  readonly ruling: Ruling;
}

/** Whether operators have frozen what a request is about, whatever the policy says of it. */
export function findFreeze(
  { principal, upstream }: Pick<AgentRequest, "principal" | "upstream">,
  ruling: Ruling,
  { freezes }: Pick<Gateway, "freezes">,
): Frozen | undefined {
  const reason = freezes.find({ agent: principal.agent, upstream: upstream.name });
  if (reason === undefined) return undefined;
  const { operations } = ruling.decision;
  return {
    outcome: { kind: "denied", rule: undefined, reason },
    ruling: { ...ruling, decision: { effect: "deny", rule: undefined, reason, operations } },
  };
}
