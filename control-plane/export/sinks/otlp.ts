import { meaningOf, type Severity } from "../../../core/audit/formats/meaning.ts";
import { numberAt, textAt, timeMsOf } from "../../../core/audit/formats/read-record.ts";
import { release } from "../../../core/service/release.ts";
import type { HttpDialect } from "./http-sink.ts";
import { type OutgoingRecord, SinkFailure } from "./sink.ts";

/** INFO, INFO2, WARN and ERROR of the OpenTelemetry log data model. */
const severities: Readonly<Record<Severity, readonly [number, string]>> = {
  informational: [9, "INFO"],
  low: [10, "INFO2"],
  medium: [13, "WARN"],
  high: [17, "ERROR"],
};

/** OpenTelemetry logs in JSON over HTTP (OTLP 1): /v1/logs. The body of each log record is the rendered line. */
export function otlpDialect({ host }: { readonly host: string }): HttpDialect {
  return {
    kind: "otlp",
    contentType: "application/json",
    headersFor: () => ({}),
    toBody: (records) => JSON.stringify(toExportRequest(records, host)),
    readAnswer: (text) => {
      const rejected = rejectedOf(text);
      // It does not say which.
      if (rejected > 0)
        throw new SinkFailure(`otlp refuses ${rejected} of the records`, { kind: "refused" });
      return [];
    },
  };
}

function toExportRequest(records: readonly OutgoingRecord[], host: string): object {
  const resource = attributes({
    "service.name": "mcp-gateway",
    "service.version": release,
    "host.name": host,
  });
  const scope = { name: "mcpgateway.audit", version: release };
  const logRecords = records.map(toLogRecord);
  return {
    resourceLogs: [{ resource: { attributes: resource }, scopeLogs: [{ scope, logRecords }] }],
  };
}

function toLogRecord({ id, record, line }: OutgoingRecord): object {
  const { severity, status } = meaningOf(record);
  const [severityNumber, severityText] = severities[severity];
  const traceId = textAt(record, "traceId");
  const spanId = textAt(record, "parentSpanId");
  return {
    timeUnixNano: `${BigInt(timeMsOf(record)) * 1_000_000n}`,
    severityNumber,
    severityText,
    eventName: textAt(record, "event"),
    body: { stringValue: line },
    ...(/^[0-9a-f]{32}$/.test(traceId) && { traceId }),
    ...(/^[0-9a-f]{16}$/.test(spanId) && { spanId }),
    attributes: attributes({
      "log.record.uid": id,
      "event.outcome": status,
      "mcpgateway.producer": textAt(record, "producer"),
      "mcpgateway.boot_id": textAt(record, "bootId"),
      "mcpgateway.sequence": String(numberAt(record, "sequence") ?? ""),
      "mcpgateway.call_id": textAt(record, "callId"),
      "mcpgateway.agent": textAt(record, "agent"),
      "mcpgateway.tool": textAt(record, "tool"),
      "mcpgateway.outcome": textAt(record, "outcome"),
    }),
  };
}

function attributes(values: Readonly<Record<string, string>>): object[] {
  return Object.entries(values)
    .filter(([, value]) => value !== "")
    .map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** int64 is a string in JSON of protobuf; some write a number. */
function rejectedOf(text: string): number {
  try {
    const { partialSuccess } = JSON.parse(text) as {
      partialSuccess?: { rejectedLogRecords?: unknown };
    };
    return Number(partialSuccess?.rejectedLogRecords ?? 0) || 0;
  } catch {
    return 0;
  }
}
