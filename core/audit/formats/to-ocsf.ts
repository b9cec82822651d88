import { isIP } from "node:net";
import { release } from "../../service/release.ts";
import { type Activity, type Meaning, meaningOf, type Severity, subjectOf } from "./meaning.ts";
import { type FoundRecord, numberAt, textAt, textsAt, timeMsOf } from "./read-record.ts";
import { withoutEmpty } from "./without-empty.ts";

/** Pinned: later releases of OCSF changed what fields mean. */
const ocsfVersion = "1.5.0";

const severityIds: Readonly<Record<Severity, number>> = {
  informational: 1,
  low: 2,
  medium: 3,
  high: 4,
};
const statusIds = { unknown: 0, success: 1, failure: 2 } as const;
const activityIds: Readonly<Record<Activity, number>> = {
  create: 1,
  read: 2,
  update: 3,
  delete: 4,
  other: 99,
};

/** OCSF's classes, with the category that each belongs to. */
const classes = {
  apiActivity: { class_uid: 6003, class_name: "API Activity", category_uid: 6 },
  authentication: { class_uid: 3002, class_name: "Authentication", category_uid: 3 },
  entityManagement: { class_uid: 3004, class_name: "Entity Management", category_uid: 3 },
} as const;

/**
 * The record as an event of OCSF 1.5.0 (schema.ocsf.io): calls are API Activity, refused logins Authentication, what operators do
 * Entity Management. `raw_data` holds the record itself.
 */
export function toOcsf(record: FoundRecord, text: string): object {
  const meaning = meaningOf(record);
  const common = commonOf(record, meaning, text);
  if (meaning.kind === "login") return authentication(record, common);
  if (meaning.kind === "act") return entityManagement(record, meaning, common);
  return apiActivity(record, meaning, common);
}

type Common = ReturnType<typeof commonOf>;

function commonOf(record: FoundRecord, meaning: Meaning, text: string) {
  const reason = textAt(record, "error", "message") || textAt(record, "decision", "reason");
  return {
    time: timeMsOf(record),
    message: meaning.sentence,
    severity_id: severityIds[meaning.severity],
    status_id: statusIds[meaning.status],
    status_code: textAt(record, "outcome"),
    status_detail: reason,
    duration: Math.round(numberAt(record, "durationsMs", "total") ?? 0),
    metadata: {
      version: ocsfVersion,
      product: { name: "MCP Gateway", vendor_name: "mcp-gateway", version: release },
      uid: textAt(record, "id"),
      event_code: textAt(record, "event"),
      correlation_uid: textAt(record, "callId"),
      sequence: numberAt(record, "sequence"),
      log_name: "mcp-gateway audit",
      log_provider: textAt(record, "producer"),
      original_time: textAt(record, "time"),
      tenant_uid: textAt(record, "tenant"),
      profiles: ["security_control"],
    },
    src_endpoint: endpointOf(record),
    raw_data: text,
    unmapped: {
      boot_id: textAt(record, "bootId"),
      hash: textAt(record, "hash"),
      prev_hash: textAt(record, "prevHash"),
      trace_id: textAt(record, "traceId"),
      parent_span_id: textAt(record, "parentSpanId"),
      session: textAt(record, "session"),
      approval_id: textAt(record, "approval", "id"),
      approval_state: textAt(record, "approval", "state"),
      approvers: textsAt(record, "approval", "approvers"),
      operations: textsAt(record, "operations"),
      route: textAt(record, "route"),
    },
  };
}

function apiActivity(record: FoundRecord, meaning: Meaning, common: Common): object {
  const subject = subjectOf(record);
  const disposition = dispositionOf(record, meaning);
  return finish(classes.apiActivity, activityIds[meaning.activity], {
    ...common,
    ...(meaning.activity === "other" && { activity_name: textAt(record, "event") || "Other" }),
    ...disposition,
    actor: { user: userOf(record), app_name: textAt(record, "client", "name") },
    api: {
      operation: textAt(record, "method") || textAt(record, "event") || "unknown",
      service: { name: textAt(record, "upstream") || "mcp-gateway" },
      request: { uid: textAt(record, "callId") },
    },
    http_request: { user_agent: textAt(record, "client", "userAgent") },
    resources: textAt(record, "tool") === "" ? [] : [{ name: subject, type: "MCP tool" }],
    policy: policyOf(record),
  });
}

/** A policy needs a name, also where no rule matched. */
function policyOf(record: FoundRecord): object {
  const version = numberAt(record, "decision", "policyVersion");
  if (version === undefined) return {};
  return { name: textAt(record, "decision", "rule") || "no rule", version: String(version) };
}

/** Of the profile security_control; what was not decided yet has none. */
function dispositionOf(record: FoundRecord, meaning: Meaning): object {
  if (meaning.wasRefused) return { action_id: 2, disposition_id: 2 };
  const effect = textAt(record, "decision", "effect");
  return effect === "allow" || meaning.status === "success"
    ? { action_id: 1, disposition_id: 1 }
    : { action_id: 0, disposition_id: 0 };
}

function authentication(record: FoundRecord, common: Common): object {
  return finish(classes.authentication, 1, {
    ...common,
    action_id: 2,
    disposition_id: 2,
    user: userOf(record),
    service: { name: textAt(record, "route") || "mcp-gateway" },
    is_remote: true,
    count: Math.max(1, Math.trunc(Number(textAt(record, "details", "count"))) || 1),
  });
}

function entityManagement(record: FoundRecord, meaning: Meaning, common: Common): object {
  const act = textAt(record, "details", "act") || textAt(record, "event");
  return finish(classes.entityManagement, activityIds[meaning.activity], {
    ...common,
    ...(meaning.wasRefused ? { action_id: 2, disposition_id: 2 } : {}),
    actor: { user: userOf(record) },
    entity: {
      name: entityName(record) || act || "unknown",
      type: act.split(".")[0] ?? "",
      version: textAt(record, "details", "version"),
      data: detailsOf(record),
    },
    comment: textAt(record, "details", "reason") || textAt(record, "details", "message"),
  });
}

function detailsOf(record: FoundRecord): object {
  const details = record["details"];
  if (typeof details !== "object" || details === null || Array.isArray(details)) return {};
  return Object.fromEntries(
    Object.entries(details).filter(([, value]) => typeof value === "string"),
  );
}

function entityName(record: FoundRecord): string {
  const named = ["agent", "operator", "name", "version", "limit", "upstream"]
    .map((field) => textAt(record, "details", field))
    .find((it) => it !== "");
  return textAt(record, "approval", "id") || named || textAt(record, "agent");
}

function finish(
  event: (typeof classes)[keyof typeof classes],
  activityId: number,
  rest: Readonly<Record<string, unknown>>,
): object {
  return withoutEmpty({
    ...event,
    activity_id: activityId,
    type_uid: event.class_uid * 100 + activityId,
    ...rest,
  });
}

function userOf(record: FoundRecord): object {
  const name = textAt(record, "operator") || textAt(record, "agent");
  return {
    name: name || "unknown",
    uid: name,
    type: textAt(record, "operator") === "" ? "Agent" : "Operator",
    groups: textsAt(record, "groups").map((group) => ({ name: group })),
    domain: textAt(record, "login", "issuer"),
  };
}

/** An endpoint needs an address or a name. */
function endpointOf(record: FoundRecord): object {
  const address = textAt(record, "clientAddress");
  return isIP(address) > 0 ? { ip: address } : { name: address || "unknown" };
}
