import type { AgentRequest } from "../call/agent-request.ts";
import type { DeliveryOutcome } from "../gateway/handle-delivery.ts";
import { refuse } from "./answer.ts";
import type { AnswerReply } from "./http-reply.ts";
import { gatewayCodes } from "./refusal.ts";

/** Answers what has no JSON-RPC answer: with what the upstream said to it. */
export function settle(outcome: DeliveryOutcome, request: AgentRequest, reply: AnswerReply): void {
  if (outcome.kind === "streamed") reply.endStream();
  else if (outcome.kind === "delivered") {
    const { status, headers, body } = outcome.receipt;
    reply.sendJson(status, body, headers);
  } else if (reply.isStream) reply.endStream();
  else {
    const reason = "reason" in outcome ? outcome.reason : "it could not be delivered";
    refuse(reply, {
      ...endOf(outcome.kind),
      message: `${request.upstream.name}: ${reason}`,
    });
  }
}

function endOf(kind: DeliveryOutcome["kind"]): { readonly status: number; readonly code: number } {
  if (kind === "denied") return { status: 403, code: gatewayCodes.denied };
  if (kind === "blocked") return { status: 403, code: gatewayCodes.blocked };
  return { status: 502, code: gatewayCodes.upstreamFailed };
}
