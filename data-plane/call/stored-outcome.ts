import { isObject, type RequestId } from "../mcp/json-rpc.ts";
import type { Answer, Outcome } from "./outcome.ts";

/** How an executed call ended, as it can be kept and told again. */
export type StoredOutcome =
  /** The upstream's answer, inspected, without its id. */
  | { readonly kind: "message"; readonly message: Readonly<Record<string, unknown>> }
  | { readonly kind: "outcome"; readonly outcome: Exclude<Outcome, { kind: "answered" }> }
  | { readonly kind: "too-large"; readonly bytes: number }
  /** The answer was not one message, or is on a stream that the agent can resume. */
  | { readonly kind: "elsewhere" };

/** What is to be kept of an outcome. */
export function toStored(outcome: Outcome): StoredOutcome {
  if (outcome.kind !== "answered") return { kind: "outcome", outcome };
  const { answer } = outcome;
  if (answer.via === "resumable-stream" || !isObject(answer.message)) return { kind: "elsewhere" };
  const { id: _, ...message } = answer.message;
  return { kind: "message", message };
}

/** A stored answer as the answer to another request. Its result says of which approval it is. */
export function toAnswer(
  message: Readonly<Record<string, unknown>>,
  id: RequestId,
  approval: object,
): Answer {
  const { result } = message;
  const marked = isObject(result) && {
    result: {
      ...result,
      _meta: { ...(isObject(result["_meta"]) && result["_meta"]), "mcpgateway/approval": approval },
    },
  };
  const answer = { jsonrpc: "2.0", id, ...message, ...marked };
  const body = Buffer.from(JSON.stringify(answer));
  return { via: "json", status: 200, headers: {}, body, message: answer };
}
