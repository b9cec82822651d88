import type { Call } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Way } from "./gateway.ts";

/** Records what is about to be done. Resolves to why it must not be, where the policy insists on the record. */
export async function recordIntent(
  call: Call,
  { gateway, trail }: Way,
): Promise<Extract<Outcome, { kind: "unavailable" }> | undefined> {
  if (await trail.time("intent", () => gateway.audit.intent(call, trail))) return undefined;
  const reason = "the audit record cannot be written, so nothing is executed";
  return { kind: "unavailable", reason };
}
