import type { AuditEntry } from "../../core/audit/record.ts";
import type { Ruling } from "../../core/policy/decide.ts";
import type { Answer, Outcome } from "../call/outcome.ts";
import type { Trail } from "../call/trail.ts";
import { isObject } from "../mcp/json-rpc.ts";

/** What the policy, the limits, the scanner and people said. */
export function describeTrail(trail: Trail, policyVersion: number): Omit<AuditEntry, "event"> {
  const { ruling, limits, findings, approval } = trail;
  return {
    ...(ruling && describeRuling(ruling, policyVersion, limits)),
    ...(findings.length > 0 && { findings: [...findings] }),
    ...(approval && { approval }),
    ...(trail.responseBytes > 0 && { responseBytes: trail.responseBytes }),
  };
}

/** Of values, how many were kept for the session and put in the place of tokens: never the values. */
export function describeVault({ kept, notKept, restored }: Trail): AuditEntry["details"] {
  const types = [...new Set(restored)].map(
    (type) => `${type} ${restored.filter((it) => it === type).length}`,
  );
  return {
    ...(kept > 0 && { "vault.kept": String(kept) }),
    ...(notKept > 0 && { "vault.not-kept": String(notKept) }),
    ...(types.length > 0 && { "vault.restored": types.join(", ") }),
  };
}

/** What the policy said. */
export function describeRuling(
  { decision }: Ruling,
  policyVersion: number,
  limits: Trail["limits"] = [],
): Pick<AuditEntry, "operations" | "decision"> {
  const { effect, rule = "", reason, operations } = decision;
  const checked = limits.map(({ isOwn: _, quota: __, ...limit }) => limit);
  return { operations, decision: { effect, rule, reason, policyVersion, limits: checked } };
}

/** What an upstream answered: a member of its message, and the message as it is written. */
export interface Told {
  readonly value: unknown;
  readonly name: "result" | "error";
  readonly body: Buffer | string;
}

interface DescribedOutcome extends Pick<AuditEntry, "outcome" | "error"> {
  readonly told?: Told;
}

/** The outcome in one word, with the reason where there is one. */
export function describeOutcome(outcome: Outcome): DescribedOutcome {
  if (outcome.kind === "passed") {
    return { outcome: outcome.answer.isToolError ? "tool-error" : "answered" };
  }
  if (outcome.kind !== "answered") {
    const reason = reasonOf(outcome);
    return { outcome: outcome.kind, ...(reason && { error: { message: reason } }) };
  }
  // What it answered stands in the record of the call that ran.
  if (outcome.stored) return { outcome: "stored" };
  const { answer } = outcome;
  if (answer.via === "resumable-stream") return { outcome: "left-resumable" };
  return describeMessage(answer);
}

/** What an upstream says in the end. */
function describeMessage(answer: Exclude<Answer, { via: "resumable-stream" }>): DescribedOutcome {
  const { message } = answer;
  if (!isObject(message)) return { outcome: "upstream-error" };
  const { result, error } = message;
  const body = answer.via === "json" ? answer.body : (answer.event.data ?? "");
  if (isObject(error)) {
    const told = { value: error, name: "error", body } as const;
    return { outcome: "upstream-error", error: describeError(error), told };
  }
  const isToolError = isObject(result) && result["isError"] === true;
  return {
    outcome: isToolError ? "tool-error" : "answered",
    ...(result !== undefined && { told: { value: result, name: "result", body } }),
  };
}

function describeError(error: Readonly<Record<string, unknown>>): {
  code?: number;
  message?: string;
} {
  const { code, message } = error;
  return {
    // The record's field has 32 bits.
    ...(typeof code === "number" && (code | 0) === code && { code }),
    ...(typeof message === "string" && { message }),
  };
}

function reasonOf(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case "denied":
    case "blocked":
    case "upstream-failed":
    case "unavailable":
    case "approval-denied":
    case "approval-revoked":
    case "approval-superseded":
    case "approval-spent":
      return outcome.reason;
    case "quarantined":
      return `the definition of ${outcome.what} ${outcome.name} is ${outcome.standing}`;
    case "insufficient-scope":
      return `the token is not good for all of: ${outcome.scopes.join(" ")}`;
    case "rate-limited":
      return `limit ${outcome.limit} per ${outcome.scope}, retry after ${outcome.retryAfterMs} ms`;
    case "timed-out":
      return `no answer within ${outcome.afterMs} ms`;
    default:
      return undefined;
  }
}
