import { isIP } from "node:net";
import { release } from "../../service/release.ts";
import { meaningOf, type Severity, subjectOf } from "./meaning.ts";
import { cut, oneLine } from "./one-line.ts";
import { type FoundRecord, numberAt, textAt, textsAt, timeMsOf } from "./read-record.ts";

const severities: Readonly<Record<Severity, number>> = {
  informational: 2,
  low: 4,
  medium: 6,
  high: 9,
};
/** Of LEEF's predefined attributes. */
const maxLength: Readonly<Record<string, number>> = { usrName: 255 };
const usualMaxLength = 4_000;

/**
 * The record as a line of LEEF 2.0 (IBM QRadar), with tabs between attributes: values are free to hold = and |.
 * It has the facts of the record, not arguments and results.
 */
export function toLeef(record: FoundRecord): string {
  const event = escapeHeader(textAt(record, "event") || "unknown");
  const attributes = attributesOf(record)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `${key}=${escapeValue(key, String(value))}`)
    .join("\t");
  return `LEEF:2.0|mcp-gateway|MCP Gateway|${release}|${event}|x09|${attributes}`;
}

type Pair = readonly [key: string, value: string | number | undefined];

/** The first are LEEF's predefined attributes, the others our own. */
function attributesOf(record: FoundRecord): readonly Pair[] {
  const meaning = meaningOf(record);
  const address = textAt(record, "clientAddress");
  return [
    ["devTime", new Date(timeMsOf(record)).toISOString()],
    ["devTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSX"],
    ["cat", meaning.kind],
    ["sev", severities[meaning.severity]],
    ["src", isIP(address) > 0 ? address : ""],
    ["usrName", textAt(record, "operator") || textAt(record, "agent")],
    ["role", textsAt(record, "groups").join(",")],
    ["accountName", textAt(record, "tenant")],
    ["resource", subjectOf(record)],
    ["url", textAt(record, "route")],
    ["policy", textAt(record, "decision", "rule")],
    ["srcBytes", numberAt(record, "requestBytes")],
    ["dstBytes", numberAt(record, "responseBytes")],
    ["isLoginEvent", meaning.kind === "login" ? "true" : ""],
    ["recordId", textAt(record, "id")],
    ["producer", textAt(record, "producer")],
    ["bootId", textAt(record, "bootId")],
    ["sequence", numberAt(record, "sequence")],
    ["hash", textAt(record, "hash")],
    ["callId", textAt(record, "callId")],
    ["outcome", textAt(record, "outcome")],
    ["status", meaning.status],
    ["reason", textAt(record, "error", "message") || textAt(record, "decision", "reason")],
    ["approval", textAt(record, "approval", "id")],
    ["approvalState", textAt(record, "approval", "state")],
    ["approvers", textsAt(record, "approval", "approvers").join(",")],
    ["policyVersion", numberAt(record, "decision", "policyVersion")],
    ["durationMs", numberAt(record, "durationsMs", "total")],
    ["traceId", textAt(record, "traceId")],
  ];
}

/** LEEF knows no escapes: what would end the header becomes something else. */
function escapeHeader(text: string): string {
  return oneLine(cut(text, 255))
    .replace(/[\r\n]+/g, " ")
    .replaceAll("|", "/");
}

/** An escaped line break counts as two: LEEF does not know it for one. */
function escapeValue(key: string, text: string): string {
  const line = oneLine(text).replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return cut(line, maxLength[key] ?? usualMaxLength);
}
