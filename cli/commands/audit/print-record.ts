import { toJson } from "@bufbuild/protobuf";
import {
  type AuditRecord,
  AuditRecordSchema,
} from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { formatJson, formatYaml, type OutputFormat } from "../../output.ts";
import { formatRecord } from "./format-record.ts";

/** One record in the form that was asked for: a line, one JSON object, or a YAML document. */
export function recordIn(record: AuditRecord, output: OutputFormat): string {
  if (output === "table") return formatRecord(record);
  const json = toJson(AuditRecordSchema, record);
  return output === "json" ? formatJson(json, 0) : `---\n${formatYaml(json)}`;
}
