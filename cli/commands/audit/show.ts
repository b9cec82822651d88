import { toJson } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type AuditRecord,
  AuditRecordSchema,
} from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { failed } from "../../errors.ts";
import { formatDetails, formatJson, printResult } from "../../output.ts";
import { formatTime } from "../../times.ts";
import { type Filter, searchAudit } from "./search-audit.ts";

interface Arguments {
  readonly id: string;
}

/** A call has a few records, one that waited for people some more. */
const maxRecords = 1_000;

export const show = defineCommand<Arguments>({
  command: "show <id>",
  describe: "Show the whole story of a call: what was asked, held, decided, and how it ended",
  positionals: { id: { type: "string", describe: "of the call, or of one of its records" } },
  run: async (args) => {
    const story = await withConnection(args, (connection) => tell(connection, args.id));
    if (story.length === 0) {
      throw failed(`no record of ${args.id} is in the audit stream; was it trimmed already?`);
    }
    const json = { records: story.map((record) => toJson(AuditRecordSchema, record)) };
    await printResult(args.output, json, () => story.map(describeStep).join("\n\n"));
  },
});

/** The records of the call, and those of its approval. */
async function tell(connection: Connection, id: string): Promise<AuditRecord[]> {
  const named = await find(connection, { id });
  const [first] = named;
  if (!first) return [];
  // A record was named: the call it belongs to has others.
  const callId = first.callId || id;
  const own = callId === id ? named : await find(connection, { id: callId });
  const approval = own.find((record) => record.approval)?.approval?.id ?? "";
  const since = own[0]?.time ?? first.time;
  const around =
    approval === "" ? [] : await find(connection, { approval, ...(since && { from: since }) });
  const all = new Map([...named, ...own, ...around].map((record) => [record.id, record]));
  const timeOf = ({ time }: AuditRecord) => (time ? timestampMs(time) : 0);
  return [...all.values()].sort((one, other) => timeOf(one) - timeOf(other));
}

/** Stops at the end: of the call, or of the call that people decided about. */
async function find(connection: Connection, filter: Filter): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const record of searchAudit(connection, filter)) {
    records.push(record);
    const isOutcome = record.event === "call.outcome";
    const isEnd = isOutcome && (record.callId === filter.id || record.outcome !== "pending");
    if (isEnd || records.length >= maxRecords) break;
  }
  return records;
}

function describeStep(record: AuditRecord): string {
  const { event, time, decision, approval, login, error } = record;
  const value = (part: "arguments" | "result") => {
    const json = toJson(AuditRecordSchema, record) as Record<string, unknown>;
    return json[part] === undefined ? "" : formatJson(json[part], 0);
  };
  const steps = Object.entries(record.durationsMs).map(([step, ms]) => `${step} ${ms.toFixed(1)}`);
  const details = formatDetails({
    Call: record.callId,
    Agent: [record.agent, ...record.groups.map((group) => `group ${group}`)]
      .filter(Boolean)
      .join(", "),
    Operator: record.operator,
    From: [record.clientAddress, login?.method, login?.issuer].filter(Boolean).join(", "),
    Tool: record.tool ? `${record.upstream}/${record.tool}` : record.method,
    Operations: record.operations.join(", "),
    Arguments: value("arguments"),
    Decision: [decision?.effect, decision?.rule && `rule ${decision.rule}`, decision?.reason]
      .filter(Boolean)
      .join(", "),
    Policy: decision ? String(decision.policyVersion) : "",
    Approval: approval
      ? [
          approval.id,
          approval.state,
          approval.approvers.length > 0 && `by ${approval.approvers.join(", ")}`,
        ]
          .filter(Boolean)
          .join(", ")
      : "",
    Findings: record.findings
      .map(({ rule, action, pointer, detail }) => `${rule} ${action} ${detail || pointer}`)
      .join("; "),
    Outcome: record.outcome,
    Error: error?.message ?? "",
    Result: value("result"),
    Took: steps.length > 0 ? `${steps.join(", ")} ms` : "",
    Trace: record.traceId,
    ...Object.fromEntries(Object.entries(record.details).map(([key, it]) => [`(${key})`, it])),
    Record: `${record.id}, ${record.producer} ${record.sequence}`,
  });
  return `${formatTime(time)}  ${event}\n${details.replace(/^/gm, "  ")}`;
}
