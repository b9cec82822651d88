import type { Ruling } from "../../core/policy/decide.ts";
import type { Call } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import { lacksScopes } from "../call/scopes.ts";

/** The refusal of a call whose token is not good for all that it needs, with every scope that it needs. */
export function findLackingScopes(call: Call, { scopes }: Ruling): Outcome | undefined {
  if (!lacksScopes(call.principal, scopes)) return undefined;
  return { kind: "insufficient-scope", scopes: [...new Set([...call.route.scopes, ...scopes])] };
}
