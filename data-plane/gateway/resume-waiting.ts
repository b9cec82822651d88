import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { WaitingState } from "../approvals/waiting-state.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { Gateway } from "./gateway.ts";
import type { HeldCall } from "./held-call.ts";

/** Clients give up after ten answers that ask them to come again (MCP 2026-07-28, multi round-trip requests). */
const maxRounds = 9;
/** Proxies and Redis disagree about the time; the record knows when it is over. */
const slackMs = 10 * 60_000;

export type Resumed =
  | { readonly kind: "as-asked"; readonly call: ToolCall; readonly state: WaitingState | undefined }
  | { readonly kind: "refused" };

/** The call as it was when it was held, when the agent comes again with a request state of ours. */
export function resumeWaiting(call: ToolCall, gateway: Gateway): Resumed {
  const { requestState, inputResponses: _, ...params } = call.message.params ?? {};
  if (!gateway.waitingStates.isOurs(requestState)) {
    return { kind: "as-asked", call, state: undefined };
  }
  const state = gateway.waitingStates.open(requestState, ownerOf(call));
  if (!state) return { kind: "refused" };
  const message = { ...call.message, params: { ...params, ...state.carried } };
  const body = Buffer.from(JSON.stringify(message));
  return { kind: "as-asked", call: { ...call, message, body }, state };
}

/** A request state for the next round of waiting; undefined when the agent is to be told in words. */
export function sealWaiting(
  { sent, state }: HeldCall,
  record: ApprovalRecord,
  gateway: Gateway,
): string | undefined {
  const round = (state?.round ?? 0) + 1;
  if (sent.era !== "modern" || round > maxRounds) return undefined;
  const { requestState, inputResponses } = sent.message.params ?? {};
  const carried = {
    ...(requestState !== undefined && { requestState }),
    ...(inputResponses !== undefined && { inputResponses }),
  };
  const { id: approvalId, identity, expiresAt, executeWithinMs } = record;
  const validUntil = expiresAt + executeWithinMs + slackMs;
  return gateway.waitingStates.seal(
    { approvalId, identity, round, validUntil, carried },
    ownerOf(sent),
  );
}

function ownerOf({ principal, route }: ToolCall) {
  return { agent: principal.agent, route: route.path };
}
