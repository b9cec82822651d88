import { fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AuditRecord,
  AuditRecordSchema,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { fitJson, isJsonObject } from "./fit-json.ts";

/** Well below the largest gRPC message: what else travels with the record must fit too. */
const maxRecordBytes = 8 * 1024 * 1024;

const cannotBeShown = "this record cannot be shown whole; it stands in the stream as it is";

/**
 * The record of an entry of the stream, in a form that can always be sent. Nothing that stands in the stream is passed over:
 * whoever could write what cannot be shown would be invisible.
 */
export function toShownRecord(entryId: string, text: string | undefined): AuditRecord {
  const parsed = parse(text);
  if (parsed === undefined || !isJsonObject(parsed)) {
    return build(entryId, { event: "malformed", details: { entry: entryId } });
  }
  // Fields of a later release are left out rather than refused.
  const { json, changed } = fitJson(AuditRecordSchema, parsed);
  const record = tryBuild(entryId, noteChanges(json, changed));
  return record ?? build(entryId, toFallback(json));
}

function noteChanges(json: { readonly [field: string]: JsonValue }, changed: readonly string[]) {
  if (changed.length === 0) return json;
  const details = isJsonObject(json["details"] ?? null) ? (json["details"] as object) : {};
  return { ...json, details: { ...details, "not as in the stream": changed.join(", ") } };
}

function toFallback(json: { readonly [field: string]: JsonValue }) {
  const known = ["id", "time", "event", "callId", "agent", "tool", "outcome"];
  const kept = Object.entries(json).filter(([field]) => known.includes(field));
  return { ...Object.fromEntries(kept), error: { message: cannotBeShown } };
}

function tryBuild(entryId: string, json: JsonValue): AuditRecord | undefined {
  try {
    const record = build(entryId, json);
    return toBinary(AuditRecordSchema, record).length <= maxRecordBytes ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Readers tell records apart by id and time, so that those which lack them get the entry's. */
function build(entryId: string, json: JsonValue): AuditRecord {
  const { time, ...rest } = json as { readonly [field: string]: JsonValue };
  const record = fromJson(AuditRecordSchema, rest);
  record.id ||= entryId;
  record.time = parseTime(time) ?? timestampFromMs(Number(entryId.split("-")[0]));
  return record;
}

function parseTime(time: JsonValue | undefined) {
  try {
    return fromJson(AuditRecordSchema, { time: time ?? null }).time;
  } catch {
    return undefined;
  }
}

function parse(text: string | undefined): JsonValue | undefined {
  try {
    return JSON.parse(text ?? "") as JsonValue;
  } catch {
    return undefined;
  }
}
