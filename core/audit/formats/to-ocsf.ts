import { isIP } from "node:net";
import { release } from "../../service/release.ts";
import { type Meaning, meaningOf, subjectOf } from "./meaning.ts";
import {
  activities,
  allowed,
  approved,
  classes,
  denied,
  logon,
  observableTypes,
  ocsfVersion,
  severities,
  statuses,
  undecided,
} from "./ocsf-words.ts";
import { type FoundRecord, numberAt, textAt, textsAt, timeMsOf } from "./read-record.ts";
import { withoutEmpty } from "./without-empty.ts";

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
    timezone_offset: 0,
    message: meaning.sentence,
    ...severities[meaning.severity],
    ...statuses[meaning.status],
    status_code: textAt(record, "outcome"),
    status_detail: reason,
    duration: Math.round(numberAt(record, "durationsMs", "total") ?? 0),
    is_alert: meaning.severity === "high",
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
      redaction_key: textAt(record, "redactionKey"),
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
  const [id, name] = activities[meaning.activity];
  const upstream = textAt(record, "upstream");
  const user = userOf(record);
  return finish(classes.apiActivity, [id, name], {
    ...common,
    activity_name: meaning.activity === "other" ? textAt(record, "event") || name : name,
    ...dispositionOf(record, meaning),
    actor: { user, app_name: textAt(record, "client", "name") },
    api: {
      operation: textAt(record, "method") || textAt(record, "event") || "unknown",
      service: { name: upstream || "mcp-gateway" },
      request: { uid: textAt(record, "callId") },
      response: responseOf(record),
    },
    dst_endpoint: { svc_name: upstream },
    http_request: httpRequestOf(record),
    resources: textAt(record, "tool") === "" ? [] : [{ name: subject, type: "MCP tool" }],
    policy: policyOf(record),
    observables: observablesOf(record, { "actor.user.name": user.name }),
  });
}

function responseOf(record: FoundRecord): object {
  const code = numberAt(record, "error", "code");
  return {
    code: Number.isSafeInteger(code) ? code : undefined,
    error_message: textAt(record, "error", "message"),
  };
}

/** A URL needs its path. */
function httpRequestOf(record: FoundRecord): object {
  const path = textAt(record, "route");
  return { user_agent: textAt(record, "client", "userAgent"), url: { path } };
}

/** Where they stand in the event, so that a search for a value finds it in events of every class. */
function observablesOf(
  record: FoundRecord,
  names: Readonly<Record<string, string>>,
): readonly object[] {
  const address = textAt(record, "clientAddress");
  const userAgent = textAt(record, "client", "userAgent");
  return [
    ...(isIP(address) > 0
      ? [observable("src_endpoint.ip", observableTypes.ip, "IP Address", address)]
      : []),
    ...Object.entries(names).map(([path, name]) =>
      observable(path, observableTypes.userName, "User Name", name),
    ),
    ...(userAgent === ""
      ? []
      : [
          observable(
            "http_request.user_agent",
            observableTypes.userAgent,
            "HTTP User-Agent",
            userAgent,
          ),
        ]),
  ];
}

function observable(name: string, typeId: number, type: string, value: string): object {
  return { name, type_id: typeId, type, value };
}

/** A policy needs a name, also where no rule matched. */
function policyOf(record: FoundRecord): object {
  const version = numberAt(record, "decision", "policyVersion");
  if (version === undefined) return {};
  return { name: textAt(record, "decision", "rule") || "no rule", version: String(version) };
}

/** What was not decided yet has none. */
function dispositionOf(record: FoundRecord, meaning: Meaning): object {
  if (meaning.wasRefused) return denied;
  const effect = textAt(record, "decision", "effect");
  if (effect !== "allow" && meaning.status !== "success") return undecided;
  return textAt(record, "approval", "state") === "approved" ? approved : allowed;
}

function authentication(record: FoundRecord, common: Common): object {
  const user = userOf(record);
  return finish(classes.authentication, logon, {
    ...common,
    ...denied,
    user,
    service: { name: textAt(record, "route") || "mcp-gateway" },
    is_remote: true,
    http_request: httpRequestOf(record),
    count: Math.max(1, Math.trunc(Number(textAt(record, "details", "count"))) || 1),
    observables: observablesOf(record, { "user.name": user.name }),
  });
}

function entityManagement(record: FoundRecord, meaning: Meaning, common: Common): object {
  const act = textAt(record, "details", "act") || textAt(record, "event");
  const user = userOf(record);
  return finish(classes.entityManagement, activities[meaning.activity], {
    ...common,
    ...(meaning.wasRefused ? denied : {}),
    actor: { user },
    entity: {
      name: entityName(record) || act || "unknown",
      // Other: the type is a word of ours.
      type_id: 99,
      type: act.split(".")[0] || "unknown",
      version: textAt(record, "details", "version"),
      data: detailsOf(record),
    },
    comment: textAt(record, "details", "reason") || textAt(record, "details", "message"),
    http_request: httpRequestOf(record),
    observables: observablesOf(record, { "actor.user.name": user.name }),
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
  [activityId, activity]: readonly [id: number, name: string],
  rest: Readonly<Record<string, unknown>>,
): object {
  return withoutEmpty({
    ...event,
    activity_id: activityId,
    activity_name: activity,
    type_uid: event.class_uid * 100 + activityId,
    type_name: `${event.class_name}: ${activity}`,
    ...rest,
  });
}

function userOf(record: FoundRecord) {
  const operator = textAt(record, "operator");
  const name = operator || textAt(record, "agent");
  return {
    name: name || "unknown",
    uid: name,
    // Other: the type is a word of ours.
    type_id: 99,
    type: operator === "" ? "Agent" : "Operator",
    groups: textsAt(record, "groups").map((group) => ({ name: group })),
    domain: textAt(record, "login", "issuer"),
  };
}

/** An endpoint needs an address or a name. */
function endpointOf(record: FoundRecord): object {
  const address = textAt(record, "clientAddress");
  return isIP(address) > 0 ? { ip: address } : { name: address || "unknown" };
}
