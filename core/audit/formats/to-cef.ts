import { isIPv4, isIPv6 } from "node:net";
import { release } from "../../service/release.ts";
import { type Meaning, meaningOf, type Severity, subjectOf } from "./meaning.ts";
import { cut, oneLine } from "./one-line.ts";
import { type FoundRecord, numberAt, textAt, textsAt, timeMsOf } from "./read-record.ts";

const severities: Readonly<Record<Severity, number>> = {
  informational: 2,
  low: 4,
  medium: 6,
  high: 9,
};

/** Keys of the extension dictionary and how long their values may be (ArcSight CEF, version 25). */
const maxLength: Readonly<Record<string, number>> = {
  act: 63,
  app: 31,
  externalId: 40,
  deviceExternalId: 255,
  outcome: 63,
  c6a2: 39,
};
const customStringLength = 4_000;
const usualMaxLength = 1_023;

/** The record as a line of CEF:0. It has the facts of the record, not arguments and results. */
export function toCef(record: FoundRecord): string {
  const meaning = meaningOf(record);
  const event = textAt(record, "event") || "unknown";
  const header = [
    "mcp-gateway",
    "MCP Gateway",
    cut(release, 31),
    cut(event, 1_023),
    cut(meaning.sentence, 512),
  ]
    .map(escapeHeader)
    .join("|");
  const extension = extensionOf(record, meaning)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `${key}=${escapeValue(bounded(key, String(value)))}`)
    .join(" ");
  return `CEF:0|${header}|${severities[meaning.severity]}|${extension}`;
}

type Pair = readonly [key: string, value: string | number | undefined];

function extensionOf(record: FoundRecord, meaning: Meaning): readonly Pair[] {
  const address = textAt(record, "clientAddress");
  return [
    ["rt", timeMsOf(record)],
    ["externalId", textAt(record, "id")],
    ["deviceExternalId", textAt(record, "producer")],
    ["cat", meaning.kind],
    ["act", textAt(record, "outcome")],
    ["outcome", meaning.status],
    ["suser", textAt(record, "operator") || textAt(record, "agent")],
    ["spriv", textsAt(record, "groups").join(",")],
    ["src", isIPv4(address) ? address : ""],
    ...labelled("c6a2", "Source IPv6 Address", isIPv6(address) ? address : ""),
    ["app", textAt(record, "method")],
    ["request", textAt(record, "route")],
    ["requestClientApplication", textAt(record, "client", "userAgent")],
    ["reason", textAt(record, "error", "message") || textAt(record, "decision", "reason")],
    ["in", numberAt(record, "requestBytes")],
    ["out", numberAt(record, "responseBytes")],
    ...labelled("cs1", "tool", textAt(record, "tool") === "" ? "" : subjectOf(record)),
    ...labelled("cs2", "rule", textAt(record, "decision", "rule")),
    ...labelled("cs3", "approval", approvalOf(record)),
    ...labelled("cs4", "callId", textAt(record, "callId")),
    ...labelled("cs5", "hash", textAt(record, "hash")),
    ...labelled("cs6", "bootId", textAt(record, "bootId")),
    ...labelled("cn1", "sequence", numberAt(record, "sequence")),
    ...labelled("cn2", "policyVersion", numberAt(record, "decision", "policyVersion")),
    ...labelled("cn3", "durationMs", rounded(numberAt(record, "durationsMs", "total"))),
    ...labelled("flexString1", "traceId", textAt(record, "traceId")),
  ];
}

function labelled(key: string, label: string, value: string | number | undefined): readonly Pair[] {
  if (value === undefined || value === "") return [];
  return [
    [`${key}Label`, label],
    [key, value],
  ];
}

function approvalOf(record: FoundRecord): string {
  const id = textAt(record, "approval", "id");
  const state = textAt(record, "approval", "state");
  const approvers = textsAt(record, "approval", "approvers").join(",");
  return [id, state, approvers && `by ${approvers}`].filter((it) => it !== "").join(" ");
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}

function bounded(key: string, value: string): string {
  return cut(value, maxLength[key] ?? (/^cs\d$/.test(key) ? customStringLength : usualMaxLength));
}

/** In the header \ and | are escaped, and there are no line breaks. */
function escapeHeader(text: string): string {
  return oneLine(text)
    .replace(/[\r\n]+/g, " ")
    .replace(/[\\|]/g, "\\$&");
}

/** In values \ and = are escaped, and line breaks written as \n and \r. */
function escapeValue(text: string): string {
  const line = oneLine(text);
  // Most values have none of it.
  if (!/[\\=\n\r]/.test(line)) return line;
  return line.replace(/[\\=]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}
