import { isIP } from "node:net";
import { release } from "../../service/release.ts";
import { type Meaning, meaningOf, type Severity, subjectOf } from "./meaning.ts";
import { type FoundRecord, numberAt, textAt, textsAt, timeMsOf } from "./read-record.ts";
import { withoutEmpty } from "./without-empty.ts";

const ecsVersion = "8.17.0";

const severities: Readonly<Record<Severity, number>> = {
  informational: 21,
  low: 47,
  medium: 73,
  high: 99,
};

/**
 * The record in the Elastic Common Schema 8.17. What it has no field for is under `mcpgateway`, and `event.original` holds the record
 * itself: agents choose the keys of their arguments, and each would become a field of the index.
 */
export function toEcs(record: FoundRecord, text: string): object {
  const meaning = meaningOf(record);
  return withoutEmpty({
    "@timestamp": new Date(timeMsOf(record)).toISOString(),
    ecs: { version: ecsVersion },
    message: meaning.sentence,
    event: eventOf(record, meaning, text),
    user: {
      name: textAt(record, "operator") || textAt(record, "agent"),
      domain: textAt(record, "login", "issuer"),
      roles: textsAt(record, "groups"),
    },
    source: sourceOf(record),
    organization: { id: textAt(record, "tenant") },
    service: {
      name: textAt(record, "upstream") || "mcp-gateway",
      type: "mcp",
      node: { name: textAt(record, "producer") },
    },
    observer: { vendor: "mcp-gateway", product: "MCP Gateway", version: release },
    rule: {
      name: textAt(record, "decision", "rule"),
      ruleset: textAt(record, "decision", "rule") === "" ? "" : "mcp-gateway policy",
      version: String(numberAt(record, "decision", "policyVersion") ?? ""),
    },
    url: { path: textAt(record, "route") },
    user_agent: { original: textAt(record, "client", "userAgent") },
    trace: { id: textAt(record, "traceId") },
    span: { id: textAt(record, "parentSpanId") },
    error: { message: textAt(record, "error", "message") },
    mcpgateway: ownFieldsOf(record),
  });
}

function eventOf(record: FoundRecord, meaning: Meaning, text: string): object {
  const totalMs = numberAt(record, "durationsMs", "total");
  return {
    id: textAt(record, "id"),
    kind: meaning.severity === "high" ? "alert" : "event",
    category: categoriesOf(record, meaning),
    type: typesOf(record, meaning),
    action: textAt(record, "event"),
    outcome: meaning.status,
    reason: textAt(record, "decision", "reason"),
    module: "mcpgateway",
    dataset: "mcpgateway.audit",
    provider: textAt(record, "producer"),
    sequence: numberAt(record, "sequence"),
    severity: severities[meaning.severity],
    duration: totalMs === undefined ? undefined : Math.round(totalMs * 1e6),
    hash: textAt(record, "hash"),
    original: text,
  };
}

function categoriesOf(record: FoundRecord, { kind }: Meaning): readonly string[] {
  if (kind === "call") return ["api"];
  if (kind === "login") return ["authentication"];
  return isOfPeople(record) ? ["iam"] : ["configuration"];
}

function typesOf(record: FoundRecord, meaning: Meaning): readonly string[] {
  const { kind, wasRefused, status, activity } = meaning;
  if (kind === "login") return ["start"];
  if (kind === "trail") return ["info"];
  if (kind === "call") {
    return ["access", ...(wasRefused ? ["denied"] : status === "success" ? ["allowed"] : [])];
  }
  const change = { create: "creation", delete: "deletion", read: "info", update: "change" };
  return [
    ...(isOfPeople(record) ? ["user"] : []),
    activity === "other" ? "change" : change[activity],
  ];
}

function isOfPeople(record: FoundRecord): boolean {
  const act = textAt(record, "details", "act") || textAt(record, "event");
  return /^(agent|operator)\./.test(act);
}

function sourceOf(record: FoundRecord): object {
  const address = textAt(record, "clientAddress");
  return { address, ip: isIP(address) > 0 ? address : "" };
}

function ownFieldsOf(record: FoundRecord): object {
  return {
    call_id: textAt(record, "callId"),
    boot_id: textAt(record, "bootId"),
    session: textAt(record, "session"),
    redaction_key: textAt(record, "redactionKey"),
    era: textAt(record, "era"),
    method: textAt(record, "method"),
    tool: textAt(record, "tool") === "" ? "" : subjectOf(record),
    operations: textsAt(record, "operations"),
    outcome: textAt(record, "outcome"),
    effect: textAt(record, "decision", "effect"),
    approval: {
      id: textAt(record, "approval", "id"),
      state: textAt(record, "approval", "state"),
      approvers: textsAt(record, "approval", "approvers"),
    },
    login_method: textAt(record, "login", "method"),
    client: {
      name: textAt(record, "client", "name"),
      version: textAt(record, "client", "version"),
    },
    request_bytes: numberAt(record, "requestBytes"),
    response_bytes: numberAt(record, "responseBytes"),
  };
}
