import type { Call } from "../../call/agent-request.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { FindResult, ListResult, Refusal } from "../../upstreams/tool-catalog.ts";
import { translate } from "./translate.ts";
import type { AgentProfile, Way } from "./way.ts";

export type LookedUp = FindResult | ListResult;

export type LookUp<Found extends LookedUp> = (
  catalog: Gateway["catalog"],
  sent: Call,
) => Promise<Found | Refusal>;

interface LookUpParts<Found extends LookedUp> {
  /** Whether several conversations of the agent share the session. */
  readonly isShared: boolean;
  readonly profile: AgentProfile;
  readonly catalog: Gateway["catalog"];
  readonly look: LookUp<Found>;
}

/** Looks something up in what an upstream lists, as it would get the call. */
export async function lookUp<Found extends LookedUp>(
  way: Way,
  call: Call,
  { isShared, profile, catalog, look }: LookUpParts<Found>,
): Promise<Found | Refusal> {
  const listener = { onStream: () => {}, onEvent: async () => {} };
  const sent = translate({ call, body: call.body, listener }, way, {
    isShared,
    profile,
    refuse: async () => {},
  });
  if ("answer" in sent) return { kind: "refused", answer: sent.answer };
  const found = await look(catalog, sent.call);
  return isRefusal(found) ? { ...found, answer: sent.toAgent(found.answer) } : found;
}

export function isRefusal(found: LookedUp): found is Refusal {
  return found.kind === "refused";
}
