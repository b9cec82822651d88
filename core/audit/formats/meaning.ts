import { type FoundRecord, textAt, textsAt } from "./read-record.ts";

/** What a record tells of, in the few words that all formats have in common. */
export interface Meaning {
  /** What an agent asked, somebody who was not let in, what an operator did, or the trail itself. */
  readonly kind: "call" | "login" | "act" | "trail";
  readonly status: "success" | "failure" | "unknown";
  /** Whether the gateway, or a person, said no. */
  readonly wasRefused: boolean;
  readonly severity: Severity;
  readonly activity: Activity;
  /** For people. */
  readonly sentence: string;
}

export type Severity = "informational" | "low" | "medium" | "high";
export type Activity = "create" | "read" | "update" | "delete" | "other";

const successes = new Set([
  "answered",
  "stored",
  "left-resumable",
  "stream-opened",
  "delivered",
  "accepted",
  "done",
  "sent",
]);
const refusals = new Set([
  "denied",
  "rate-limited",
  "blocked",
  "insufficient-scope",
  "unknown-tool",
  "approval-denied",
  "approval-revoked",
  "approval-expired",
  "approval-superseded",
  "approval-spent",
  "bad-request-state",
  "too-many-pending",
  "quarantined",
  "refused",
]);
const failures = new Set([
  "tool-error",
  "upstream-error",
  "upstream-failed",
  "timed-out",
  "cancelled",
  "unavailable",
  "crashed",
  "failed",
]);

/** Events of which somebody should hear the same day. */
const grave = new Set([
  "audit.trimmed",
  "audit.gap",
  "approval.break-glass",
  "malformed",
  "approval.indeterminate",
]);

/** The meaning of a record; of one that a later release writes, as much as can be told. */
export function meaningOf(record: FoundRecord): Meaning {
  const event = textAt(record, "event");
  const outcome = textAt(record, "outcome");
  const kind = kindOf(record, event);
  const wasRefused = refusals.has(outcome) || event.endsWith(".refused");
  const failed = wasRefused || failures.has(outcome) || event.endsWith(".failed");
  return {
    kind,
    status: failed ? "failure" : successes.has(outcome) ? "success" : "unknown",
    wasRefused,
    severity: severityOf({ event, outcome, failed }),
    activity: kind === "act" ? activityOfAct(record, event) : activityOfCall(record),
    sentence: sentenceOf(record, event),
  };
}

function kindOf(record: FoundRecord, event: string): Meaning["kind"] {
  if (event === "login.refused") return "login";
  if (event.startsWith("audit.") || event === "malformed") return "trail";
  const isAct = textAt(record, "operator") !== "" || event.startsWith("act.");
  return isAct ? "act" : "call";
}

function severityOf(parts: {
  readonly event: string;
  readonly outcome: string;
  readonly failed: boolean;
}): Severity {
  if (grave.has(parts.event)) return "high";
  if (parts.event === "login.refused" || parts.outcome === "blocked" || parts.outcome === "crashed")
    return "medium";
  return parts.failed ? "low" : "informational";
}

const activityByOperation: readonly (readonly [RegExp, Activity])[] = [
  [/^(delete|remove|drop|destroy)/i, "delete"],
  [/^(create|add|insert)/i, "create"],
  [/^(write|update|change|modify|push|send|execute)/i, "update"],
  [/^(read|list|get|query|search)/i, "read"],
];

/** By the operations that the policy defines, the gravest first; the names are its author's. */
function activityOfCall(record: FoundRecord): Activity {
  const operations = textsAt(record, "operations");
  const [, activity] =
    activityByOperation.find(([pattern]) => operations.some((it) => pattern.test(it))) ?? [];
  return activity ?? "other";
}

function activityOfAct(record: FoundRecord, event: string): Activity {
  // An intent, or what came of it, says in its details which act it is of.
  const act = textAt(record, "details", "act") || event;
  if (/\.(created|key-created)$/.test(act)) return "create";
  if (/\.(revoked|key-revoked|removed|deleted)$/.test(act)) return "delete";
  return /\.(read|listed)$/.test(act) ? "read" : "update";
}

function sentenceOf(record: FoundRecord, event: string): string {
  const who = textAt(record, "operator") || textAt(record, "agent");
  const outcome = textAt(record, "outcome");
  const reason = textAt(record, "error", "message") || textAt(record, "decision", "reason");
  const end = reason === "" ? outcome : `${outcome} (${reason})`.trimStart();
  const parts = [who, subjectOf(record), end].filter((it) => it !== "");
  return parts.length === 0 ? event : `${event}: ${parts.join(", ")}`;
}

/** The tool with its upstream, or else the method. */
export function subjectOf(record: FoundRecord): string {
  const tool = textAt(record, "tool");
  if (tool === "") return textAt(record, "method") || textAt(record, "details", "act");
  const upstream = textAt(record, "upstream");
  return upstream === "" ? tool : `${upstream}/${tool}`;
}
