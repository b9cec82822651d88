import { challenge } from "../access/challenge.ts";
import type { Call } from "../call/agent-request.ts";
import type { Answer, Outcome } from "../call/outcome.ts";
import { jsonRpcCodes, type ProtocolError } from "../mcp/json-rpc.ts";
import {
  describeApprovalEnd,
  type ForModels,
  isForModels,
  resultForModel,
} from "./approval-words.ts";
import { blockedRefusal, blockedResult } from "./describe-block.ts";
import { describeQuarantine } from "./describe-quarantine.ts";
import { describeRateLimit, rateLimitResult } from "./describe-rate-limit.ts";
import { taskResult } from "./describe-task.ts";
import type { AnswerReply } from "./http-reply.ts";
import { exhaustedFields } from "./rate-limit-fields.ts";
import { gatewayCodes, type Refusal, sentence } from "./refusal.ts";

/** Puts an outcome on the wire. The only place that knows codes and words for agents. */
export function answer(call: Call, outcome: Outcome, reply: AnswerReply): void {
  if (outcome.kind === "answered") passOn(outcome.answer, reply);
  else if (outcome.kind === "passed") reply.endAnswer?.(outcome.answer.end);
  else if (outcome.kind === "task")
    sendResult(call, taskResult(call, outcome, describeRefusal), reply);
  else if (outcome.kind === "acknowledged") sendResult(call, {}, reply);
  else if (outcome.kind === "quarantined" && call.subject.kind !== "tool")
    sendRefusal(call, quarantineRefusal(outcome), reply);
  else if (outcome.kind === "blocked" && call.subject.kind === "tool")
    sendResult(call, blockedResult(outcome), reply);
  else if (isForModels(outcome)) sendResult(call, resultForModel(outcome), reply);
  else if (outcome.kind === "rate-limited" && isForModel(call, outcome))
    sendResult(call, rateLimitResult(outcome), reply, fieldsOf(outcome));
  else sendRefusal(call, describeRefusal(call, outcome), reply);
}

/** Answers a request that did not become a call. */
export function refuse(
  reply: AnswerReply,
  { status, code, message, data, id }: ProtocolError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const error = { code, message, ...(data !== undefined && { data }) };
  const body = JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error });
  reply.sendJson(status, body, headers);
}

function passOn(answered: Answer, reply: AnswerReply): void {
  if (answered.via === "resumable-stream") reply.endStream();
  else if (answered.via === "stream") {
    reply.openStream();
    reply.endStream(answered.event);
  } else if (reply.isStream) {
    reply.endStream({ event: "message", data: answered.body.toString("utf8") });
  } else reply.sendJson(answered.status, answered.body, answered.headers);
}

function sendRefusal(call: Call, refusal: Refusal, reply: AnswerReply): void {
  const { code, message, data, status, headers } = refusal;
  const error = { code, message, ...(data && { data }) };
  const body = JSON.stringify({ jsonrpc: "2.0", id: call.message.id, error });
  if (reply.isStream) reply.endStream({ event: "message", data: body });
  else reply.sendJson(status, body, headers);
}

/** Only tool calls have results that models read. */
function isForModel(
  { subject }: Call,
  { refuseWith }: Extract<Outcome, { kind: "rate-limited" }>,
): boolean {
  return refuseWith === "result" && subject.kind === "tool";
}

/** What nobody could count says nothing of what is left. */
function fieldsOf(outcome: Extract<Outcome, { kind: "rate-limited" }>): Record<string, string> {
  return outcome.source === "none" ? {} : exhaustedFields(outcome);
}

function sendResult(
  call: Call,
  toolResult: object,
  reply: AnswerReply,
  fields: Readonly<Record<string, string>> = {},
): void {
  const result = { ...(call.era === "modern" && { resultType: "complete" }), ...toolResult };
  const body = JSON.stringify({ jsonrpc: "2.0", id: call.message.id, result });
  if (reply.isStream) reply.endStream({ event: "message", data: body });
  else reply.sendJson(200, body, fields);
}

function describeRefusal(
  call: Call,
  outcome: Exclude<Outcome, ForModels | { kind: "answered" | "passed" | "task" | "acknowledged" }>,
): Refusal {
  switch (outcome.kind) {
    case "denied":
      return describeDenial(outcome);
    case "insufficient-scope":
      return describeScopes(call, outcome.scopes);
    case "rate-limited":
      return { code: gatewayCodes.rateLimited, ...describeRateLimit(outcome) };
    case "blocked":
      return blockedRefusal(outcome);
    case "unknown-tool":
      return {
        status: 200,
        code: jsonRpcCodes.invalidParams,
        message: `Unknown tool: ${outcome.tool}. List the tools to see which there are.`,
      };
    case "approval-denied":
    case "approval-revoked":
    case "approval-expired":
    case "approval-superseded":
      return describeApprovalEnd(outcome);
    case "bad-request-state":
      return {
        status: 200,
        code: jsonRpcCodes.invalidParams,
        message:
          "Invalid requestState: it was changed, is too old, or belongs to another call or agent. " +
          "Repeat the call without it.",
      };
    case "unknown-task":
      return {
        status: 200,
        code: jsonRpcCodes.invalidParams,
        message:
          "Unknown task: it is over, its id was changed, or it belongs to another agent. Call the tool again.",
      };
    default:
      return describeFailure(outcome);
  }
}

/** Only tools have results that say what went wrong. */
function quarantineRefusal(outcome: Extract<Outcome, { kind: "quarantined" }>): Refusal {
  const { what, standing } = outcome;
  const data = { kind: "quarantined", what, standing };
  return { status: 200, code: gatewayCodes.blocked, message: describeQuarantine(outcome), data };
}

function describeDenial({ rule, reason }: Extract<Outcome, { kind: "denied" }>): Refusal {
  const by = rule === undefined ? "the policy" : `rule ${rule}`;
  return {
    status: 200,
    code: gatewayCodes.denied,
    message: `Denied by ${by}${reason ? `: ${sentence(reason)}` : "."} Repeating the call will not help.`,
    data: { kind: "denied", ...(rule !== undefined && { rule }), reason },
  };
}

/** 403 with the scopes: official clients then log in again with them (MCP, authorization, scope challenge). */
function describeScopes({ metadataUrl }: Call, scopes: readonly string[]): Refusal {
  const description = `the token lacks scopes that this call needs: ${scopes.join(" ")}`;
  const parts = { metadataUrl, scopes, description, error: "insufficient_scope" } as const;
  return {
    status: 403,
    code: gatewayCodes.insufficientScope,
    message: `Denied: ${description}. Log in again and ask for them.`,
    data: { kind: "insufficient-scope", scopes },
    headers: { "www-authenticate": challenge(parts) },
  };
}

type Failure = Extract<
  Outcome,
  { kind: "cancelled" | "timed-out" | "upstream-failed" | "unavailable" | "crashed" }
>;

function describeFailure(outcome: Failure): Refusal {
  const { kind } = outcome;
  const data = { kind };
  switch (kind) {
    case "cancelled":
      return {
        status: 200,
        code: gatewayCodes.cancelled,
        message: "The call was cancelled.",
        data,
      };
    case "timed-out":
      return {
        status: 200,
        code: gatewayCodes.timedOut,
        message: `The upstream did not answer within ${outcome.afterMs} ms. Whether it acted is not known.`,
        data,
      };
    case "upstream-failed":
      return {
        status: 200,
        code: gatewayCodes.upstreamFailed,
        message: `The call failed: ${outcome.reason}.`,
        data,
      };
    case "unavailable":
      return {
        status: 503,
        code: gatewayCodes.unavailable,
        message: `The gateway cannot do this now: ${outcome.reason}. Try again later.`,
        data,
        headers: { "retry-after": "5" },
      };
    case "crashed":
      return {
        status: 500,
        code: gatewayCodes.crashed,
        message: "The gateway failed; its log says why.",
        data,
      };
  }
}
