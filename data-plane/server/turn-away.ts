import type { CallAudit } from "../audit/call-audit.ts";
import type { AgentRequest } from "../call/agent-request.ts";
import type { ProtocolError } from "../mcp/json-rpc.ts";
import { refuse } from "./answer.ts";
import type { AnswerReply } from "./http-reply.ts";

/** Why nothing became of an agent's request before it was a call: recorded, repeats counted. */
export function noteTurnedAway(
  audit: Pick<CallAudit, "refusal">,
  { route, clientAddress, principal }: AgentRequest,
  reason: string,
): void {
  const { agent } = principal;
  audit.refusal({ event: "request.refused", route: route.path, clientAddress, agent, reason });
}

/** Refuses what an agent asks before it is a call, and records that. */
export function turnAway(
  audit: Pick<CallAudit, "refusal">,
  { request, reply }: { readonly request: AgentRequest; readonly reply: AnswerReply },
  error: ProtocolError,
  headers: Readonly<Record<string, string>> = {},
): void {
  noteTurnedAway(audit, request, error.message);
  refuse(reply, error, headers);
}
