import type { Call } from "../../call/agent-request.ts";
import type { Answer, Outcome } from "../../call/outcome.ts";
import type { Change } from "../../mcp/change.ts";
import { isObject, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import { parsePrecisely, reviseJson } from "../../mcp/revise-json.ts";

/** Why an upstream has no part in an answer. */
export interface Unavailable {
  readonly upstream: string;
  readonly reason: string;
}

/** The gateway's own answer to a call. */
export function resultOf(
  call: Call,
  result: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  const message = {
    jsonrpc: "2.0",
    id: call.message.id,
    result: { ...(call.era === "modern" && { resultType: "complete" }), ...result },
  };
  return answered(200, message, headers);
}

/** A JSON-RPC error of the gateway's own. */
export function errorOf(call: Call, code: number, message: string): Outcome {
  const isUnknownMethod = code === jsonRpcCodes.methodNotFound;
  // The modern era says so with a status as well (MCP 2026-07-28, Streamable HTTP).
  const status = isUnknownMethod && call.era === "modern" ? 404 : 200;
  return answered(status, { jsonrpc: "2.0", id: call.message.id, error: { code, message } }, {});
}

/** Says in a result which upstreams have no part in it. */
export function metaOf(unavailable: readonly Unavailable[]) {
  return unavailable.length > 0 ? { _meta: { "mcpgateway/unavailable": unavailable } } : {};
}

/** The result in an outcome, numbers as they were written; undefined when it holds none. */
export function resultIn(outcome: Outcome): Readonly<Record<string, unknown>> | undefined {
  const message = outcome.kind === "answered" ? preciseMessage(outcome.answer) : undefined;
  const result = isObject(message) ? message["result"] : undefined;
  return isObject(result) ? result : undefined;
}

/** The JSON-RPC error of an upstream in an outcome. */
export function errorIn(outcome: Outcome): { code: unknown; message: string } | undefined {
  if (outcome.kind !== "answered" || outcome.answer.via === "resumable-stream") return undefined;
  const { message } = outcome.answer;
  const error = isObject(message) ? message["error"] : undefined;
  if (!isObject(error)) return undefined;
  return { code: error["code"], message: String(error["message"] ?? "it gave no reason") };
}

/** Why an outcome holds no result, in a few words for `_meta`. */
export function reasonOf(outcome: Outcome): string {
  const error = errorIn(outcome);
  if (error) return error.message.slice(0, 200);
  switch (outcome.kind) {
    case "timed-out":
      return `no answer within ${outcome.afterMs} ms`;
    case "cancelled":
      return "no answer in time";
    case "rate-limited":
      return `limit ${outcome.limit} is reached`;
    default:
      return "reason" in outcome ? outcome.reason : "it gave no usable answer";
  }
}

/** The same answer with its message changed. */
export function reviseAnswer(answer: Answer, change: Change): Answer {
  const text = textOf(answer);
  if (answer.via === "resumable-stream" || text === undefined) return answer;
  const revised = reviseJson(text, change);
  if (revised === text) return answer;
  const message: unknown = answer.message === undefined ? undefined : JSON.parse(revised);
  return answer.via === "json"
    ? { ...answer, message, body: Buffer.from(revised) }
    : { ...answer, message, event: { ...answer.event, data: revised } };
}

/** How much of an upstream's an outcome holds, in bytes or UTF-16 code units. */
export function lengthOf(outcome: Outcome): number {
  if (outcome.kind !== "answered" || outcome.answer.via === "resumable-stream") return 0;
  const { answer } = outcome;
  return answer.via === "json" ? answer.body.length : (answer.event.data?.length ?? 0);
}

/** The text of an answer's message as it came, or as the gateway left it. */
function textOf(answer: Answer): string | undefined {
  if (answer.via === "resumable-stream") return undefined;
  return answer.via === "json" ? answer.body.toString("utf8") : answer.event.data;
}

function preciseMessage(answer: Answer): unknown {
  const text = textOf(answer);
  return text === undefined ? undefined : parsePrecisely(text);
}

function answered(
  status: number,
  message: unknown,
  headers: Readonly<Record<string, string>>,
): Outcome {
  return { kind: "answered", answer: answerWith(status, message, headers) };
}

/** An answer of ours in the place of an upstream's. */
export function answerWith(
  status: number,
  message: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = Buffer.from(JSON.stringify(message));
  return { via: "json", status, headers, body, message };
}
