import type { Call } from "../call/agent-request.ts";
import type { Source, TaintOwner } from "./taint.ts";

/** What flows know of a request, whatever it carries. */
export type FlowRequest = Pick<
  Call,
  "callId" | "receivedAt" | "principal" | "session" | "upstream" | "config" | "subject"
>;

/** What the policy says of flows. */
export function flowsOf({ config }: FlowRequest) {
  return config.policy.scanning.flows;
}

export function tenantOf({ principal }: FlowRequest): string {
  return principal.tenant ?? "";
}

/** Whose reading is held against it. */
export function ownerOf(call: FlowRequest): TaintOwner {
  const { principal, session } = call;
  const { taintPer, taintForMs } = flowsOf(call);
  return {
    tenant: tenantOf(call),
    agent: principal.agent,
    ...(taintPer === "session" && session !== undefined && { session }),
    forMs: taintForMs,
  };
}

/** What is remembered of it as a source. */
export function sourceOf({ callId, upstream, subject, receivedAt }: FlowRequest): Source {
  return { call: callId, tool: `${upstream.name}/${subject.name}`, at: receivedAt };
}
