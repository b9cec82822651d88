import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { recordJsonSchema } from "../../../test/support/record-schema.ts";
import { ecsProblems } from "../../../test/support/siem/ecs-problems.ts";
import {
  readCef,
  readLeef,
  readSyslog,
  readSyslogStream,
} from "../../../test/support/siem/line-formats.ts";
import { checkOcsf } from "../../../test/support/siem/ocsf-problems.ts";
import { RecordChain } from "../chain/record-chain.ts";
import type { AuditEntry, AuditRecord } from "../record.ts";
import { type AuditFormat, auditFormats, renderRecord } from "./format.ts";
import { frameSyslog, toSyslog } from "./to-syslog.ts";

const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats.default(ajv);
const validateNative = ajv.compile(recordJsonSchema());
/** A field of our own has one type in all events, or an index refuses some of them. */
const ownEcsTypes = new Map<string, string>();
const problemsOf = {
  native: (it: object) => (validateNative(it) ? [] : (validateNative.errors ?? [])),
  ocsf: (it: object) => checkOcsf(it as Readonly<Record<string, unknown>>).problems,
  ecs: (it: object) =>
    ecsProblems(it as Readonly<Record<string, unknown>>, "mcpgateway", ownEcsTypes),
};

const call: AuditEntry = {
  event: "call.outcome",
  callId: "6f1f5b1e-0000-4000-8000-000000000001",
  agent: "ci-bot",
  groups: ["bots", "ci"],
  tenant: "acme",
  login: { method: "jwt", issuer: "https://login.example.com", scopes: ["read"] },
  client: { name: "inspector", version: "2", userAgent: "node" },
  session: "0123456789abcdef",
  redactionKey: "20260904-3fa94c12",
  clientAddress: "10.0.0.1",
  era: "modern",
  route: "/mcp",
  upstream: "ledger",
  method: "tools/call",
  tool: "transfer",
  operations: ["write-money"],
  arguments: { amount: 12.5, to: { iban: "DE02" } },
  result: { content: [{ type: "text", text: "done" }] },
  outcome: "answered",
  decision: { effect: "approve", rule: "big-transfers", reason: "over 10", policyVersion: 7 },
  approval: { id: "k7x2m9qd", state: "approved", approvers: ["olga", "petr"] },
  findings: [{ rule: "secrets.aws", direction: "result", pointer: "/a", action: "redacted" }],
  error: { code: -32000, message: "no" },
  durationsMs: { total: 12.5 },
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  parentSpanId: "00f067aa0ba902b7",
  requestBytes: 10,
  responseBytes: 20,
};
const entries: Readonly<Record<string, AuditEntry>> = {
  "a call": call,
  "a call from an IPv6 address": { ...call, clientAddress: "2001:db8::1" },
  "the intent of a call": { event: "call.intent", agent: "a", method: "tools/call", tool: "t" },
  "a denied call": {
    ...call,
    outcome: "denied",
    decision: { effect: "deny", rule: "", policyVersion: 1 },
  },
  "a blocked call": { ...call, outcome: "blocked", error: { message: "a secret" } },
  "a request": { event: "request", agent: "a", method: "HTTP GET", outcome: "stream-opened" },
  "a refused login": {
    event: "login.refused",
    clientAddress: "10.0.0.9",
    outcome: "refused",
    error: { message: "no such key" },
    details: { reason: "no such key", count: "17" },
  },
  "an operator's act": {
    event: "policy.pushed",
    operator: "olga",
    clientAddress: "10.0.0.2",
    outcome: "done",
    details: { version: "8", message: "close the door" },
  },
  "the intent of an act": {
    event: "act.intent",
    operator: "olga",
    details: { act: "agent.created", agent: "new-bot" },
  },
  "a refused act": {
    event: "act.refused",
    operator: "victor",
    outcome: "refused",
    details: { act: "operator.revoked", reason: "not yours" },
  },
  "a decision": {
    event: "approval.decided",
    operator: "olga",
    outcome: "done",
    approval: { id: "k7x2m9qd", state: "approved", approvers: ["olga"] },
  },
  "the trail's own": { event: "audit.started" },
  "an alarm": { event: "audit.trimmed", details: { removed: "7" } },
  "an event of a later release": { event: "tea.made", outcome: "lukewarm" },
};

const chain = new RecordChain({ producer: "proxy-1", now: () => 1_790_000_000_123 });
const textOf = (entry: AuditEntry) => chain.add(entry).text;
const render = (text: string, format: AuditFormat) => renderRecord(text, "1790000000123-0", format);

describe.each(Object.entries(entries))("%s", (_, entry) => {
  it.each(["native", "ocsf", "ecs"] as const)("is valid %s", (format) => {
    const { line } = render(textOf(entry), format);

    expect(problemsOf[format](JSON.parse(line))).toEqual([]);
  });

  it("is valid CEF, which reads back", () => {
    const text = textOf(entry);
    const parsed = readCef(render(text, "cef").line);

    const record = JSON.parse(text) as AuditRecord;
    expect(parsed.header).toMatchObject({ vendor: "mcp-gateway", event: entry.event });
    expect(parsed.severity).toBeGreaterThanOrEqual(0);
    expect(parsed.severity).toBeLessThanOrEqual(10);
    expect(parsed.extension).toMatchObject({ rt: "1790000000123", externalId: record.id });
    assertLabelled(parsed.extension);
  });

  it("is valid LEEF, which reads back", () => {
    const text = textOf(entry);
    const { event, attributes } = readLeef(render(text, "leef").line);

    expect(event).toBe(entry.event);
    expect(attributes).toMatchObject({
      devTime: "2026-09-21T14:13:20.123Z",
      recordId: (JSON.parse(text) as AuditRecord).id,
      sev: expect.stringMatching(/^([1-9]|10)$/),
    });
  });
});

it("publishes the schema of its records: as the message is, in deploy/siem", () => {
  const file = join(import.meta.dirname, "../../../deploy/siem/audit-record.schema.json");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(recordJsonSchema());
});

it("has a schema that refuses what is no record", () => {
  const record = JSON.parse(textOf(call));
  for (const wrong of [{ sequence: -1 }, { agent: 5 }, { time: "yesterday" }, { groups: "bots" }]) {
    expect(validateNative({ ...record, ...wrong })).toBe(false);
  }
  const { hash: _, ...unchained } = record;
  expect(validateNative(unchained)).toBe(false);
});

describe("what is checked against the schemas of others", () => {
  const ocsf = () => JSON.parse(render(textOf(call), "ocsf").line);
  const ecs = () => JSON.parse(render(textOf(call), "ecs").line);

  it.each<[string, (event: ReturnType<typeof ocsf>) => void]>([
    ["an attribute that no class has", (it) => (it.verdict_of_ours = "x")],
    ["an attribute that its object has not", (it) => (it.actor.user.role = "x")],
    ["a required attribute that is missing", (it) => delete it.api.operation],
    ["an object without any of its names", (it) => (it.src_endpoint = {})],
    ["text for a number", (it) => (it.time = "2026")],
    ["one for a list", (it) => (it.resources = it.resources[0])],
    ["a value that an enumeration has not", (it) => (it.severity_id = 7)],
    ["an activity of another class", (it) => (it.activity_id = 13)],
    ["a type that is not of its class and activity", (it) => (it.type_uid = 600_304)],
    ["a caption that is not of its number", (it) => (it.status = "Failure")],
    ["other, without saying what", (it) => delete it.actor.user.type],
    ["an observable that is nowhere in the event", (it) => (it.observables[0].value = "8.8.8.8")],
    ["an observable of another type", (it) => (it.observables[0].type_id = 3)],
    ["a profile that was not applied", (it) => (it.metadata.profiles = [])],
    ["another version", (it) => (it.metadata.version = "1.4.0")],
  ])("OCSF refuses %s", (_, spoil) => {
    const event = ocsf();
    expect(problemsOf.ocsf(event)).toEqual([]);
    spoil(event);
    expect(problemsOf.ocsf(event)).not.toEqual([]);
  });

  it("OCSF's recommended attributes are there, but for those that a gateway does not know", () => {
    const { lacking } = checkOcsf(ocsf());
    expect([...lacking].sort()).toEqual(["confidence_id", "http_response"]);
  });

  it.each<[string, (event: ReturnType<typeof ecs>) => void]>([
    ["a field that it has not", (it) => (it.user.role = "x")],
    ["one for a list", (it) => (it.user.roles = "bots")],
    ["a name for an address", (it) => (it.source.ip = "localhost")],
    ["a broken number", (it) => (it.event.duration = 1.5)],
    ["a category that it has not", (it) => (it.event.category = ["tools"])],
    ["a type that its category does not expect", (it) => (it.event.type = ["start", "group"])],
    ["an outcome that it has not", (it) => (it.event.outcome = "denied")],
    ["an event without its version", (it) => delete it.ecs.version],
    ["a field of ours that was of another type", (it) => (it.mcpgateway.outcome = 1)],
  ])("ECS refuses %s", (_, spoil) => {
    const event = ecs();
    expect(problemsOf.ecs(event)).toEqual([]);
    spoil(event);
    expect(problemsOf.ecs(event)).not.toEqual([]);
  });
});

it("keeps the record as it was hashed, in every format of JSON", () => {
  const text = textOf(call);

  expect(render(text, "native").line).toBe(text);
  expect(JSON.parse(render(text, "ocsf").line).raw_data).toBe(text);
  expect(JSON.parse(render(text, "ecs").line).event.original).toBe(text);
});

it("tells what happened in the words of each format", () => {
  expect(JSON.parse(render(textOf(call), "ocsf").line)).toMatchObject({
    class_uid: 6003,
    activity_id: 3,
    type_uid: 600_303,
    status_id: 1,
    action_id: 1,
    api: { operation: "tools/call", service: { name: "ledger" } },
    resources: [{ name: "ledger/transfer" }],
    actor: { user: { name: "ci-bot" } },
    unmapped: { approvers: ["olga", "petr"] },
  });
  expect(JSON.parse(render(textOf({ ...call, outcome: "denied" }), "ecs").line)).toMatchObject({
    event: {
      category: ["api"],
      type: ["access", "denied"],
      outcome: "failure",
      duration: 12_500_000,
    },
    rule: { name: "big-transfers", version: "7" },
    user: { name: "ci-bot", roles: ["bots", "ci"] },
  });
  expect(readCef(render(textOf(call), "cef").line).extension).toMatchObject({
    suser: "ci-bot",
    src: "10.0.0.1",
    cs1: "ledger/transfer",
    cs3: "k7x2m9qd approved by olga,petr",
    cn1: expect.any(String),
  });
});

const hostile: Readonly<Record<string, string>> = {
  "pipes, equals and backslashes": "a|b=c\\|d\\=e\\",
  "line breaks": "one\ntwo\r\nthree\u2028four\u2029five\u0085six",
  "what looks like another field": "x act=allowed suser=admin\tusrName=admin",
  "what looks like another message": 'x\n<110>1 - - - - - [a b="c"] CEF:0|a|b|c|d|e|9|',
  "NUL and terminal escapes": "\u0000\u001b[31m\u007f",
  "quotes and brackets": '"]\\["]',
  "other scripts": "Zażółć 漢字 🏦 \u202e",
  "half a character": "\ud800x",
  "16 KB": "é|=\n".repeat(4_096),
};
/** Which line breaks and controls are replaced is the formats' own rule; everything else must come back. */
const expected = (value: string) =>
  value
    .toWellFormed()
    .replaceAll("\t", " ")
    .replace(/(?![\n\r])[\p{Cc}\u2028\u2029]/gu, "\ufffd");

describe.each(Object.entries(hostile))("values with %s", (_, value) => {
  const entry: AuditEntry = {
    ...call,
    agent: value,
    tool: value,
    route: value,
    clientAddress: value,
    error: { message: value },
    client: { userAgent: value },
  };

  it.each(auditFormats)("stay within one line of %s", (format) => {
    const { line } = render(textOf(entry), format);
    expect(line).not.toMatch(/[\r\n]/);
    if (format === "cef" || format === "leef") {
      expect(line.replaceAll("\t", "")).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }
  });

  it.each(["native", "ocsf", "ecs"] as const)("are valid %s", (format) => {
    expect(problemsOf[format](JSON.parse(render(textOf(entry), format).line))).toEqual([]);
  });

  it("come back from CEF, and add no fields", () => {
    const { header, extension } = readCef(render(textOf(entry), "cef").line);

    expect(header.event).toBe("call.outcome");
    expect(extension["suser"]).toBe(cut(expected(value), 1_023));
    expect(extension["cs1"]).toBe(cut(expected(`ledger/${value}`), 4_000));
    expect(extension["act"]).toBe("answered");
    assertLabelled(extension);
  });

  it("come back from LEEF, and add no fields", () => {
    const { event, attributes } = readLeef(render(textOf(entry), "leef").line);

    expect(event).toBe("call.outcome");
    const written = (text: string) => text.replaceAll("\n", "\\n").replaceAll("\r", "\\r");
    expect(attributes["usrName"]).toBe(cut(written(expected(value)), 255));
    expect(attributes["outcome"]).toBe("answered");
  });

  it("come back from syslog as one message each", () => {
    const records = [entry, { ...call, event: value }].map((it) => textOf(it));
    const messages = records.map((text) => {
      const { record, line } = render(text, "native");
      return toSyslog(record, line, value);
    });

    const parsed = readSyslogStream(Buffer.concat(messages.map(frameSyslog)));
    expect(parsed.map(({ text }) => JSON.parse(text))).toEqual(records.map((it) => JSON.parse(it)));
    for (const [index, { parameters }] of parsed.entries()) {
      expect(parameters["mcpgateway@32473"]?.["id"]).toBe(
        (JSON.parse(records[index] ?? "") as AuditRecord).id,
      );
    }
  });
});

it("writes syslog as RFC 5424 says: who, what and where in the chain without reading the text", () => {
  const { record, line } = render(textOf(call), "cef");
  const message = toSyslog(record, line, "exporter-1.example.com");

  expect(readSyslog(Buffer.from(message)).text).toBe(line);
  expect(message).toMatch(
    /^<110>1 2026-09-21T14:13:20\.123Z exporter-1\.example\.com mcp-gateway proxy-1 call\.outcome \[mcpgateway@32473 id="[\w-]+" bootId="[\w-]+" sequence="\d+"\] CEF:0\|/,
  );
});

it("marks text beyond ASCII in syslog, and writes JSON without any", () => {
  const text = textOf({ ...call, agent: "Zażółć 🏦" });
  const messageIn = (format: AuditFormat) => {
    const { record, line } = render(text, format);
    return readSyslog(Buffer.from(toSyslog(record, line, "host")));
  };

  expect(messageIn("native").text).toMatch(/^[\0-\x7f]*$/);
  expect(JSON.parse(messageIn("native").text)).toEqual(JSON.parse(text));
  expect(messageIn("cef").text).toBe(render(text, "cef").line);
});

it.each([
  ["words", "no json"],
  ["a list", "[1]"],
  ["half a record", '{"id":'],
  ["deep nesting", `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}\n}`],
  [
    "fields of other types",
    '{"id":7,"time":[],"event":{},"decision":"x","groups":[1],"agent":null}',
  ],
  ["a time beyond reason", '{"id":"x","event":"e","time":"+275760-09-13T00:00:00Z"}'],
  ["an own prototype", '{"__proto__":{"agent":"x"},"constructor":{"agent":"y"}}'],
  ["line breaks between its fields", '{\n"id":"x",\r\n"event":"e"}'],
])("renders an entry that holds %s in every format", (_, text) => {
  for (const format of auditFormats) {
    const { line } = render(text, format);
    expect(line.length).toBeGreaterThan(10);
    expect(line).not.toMatch(/[\r\n]/);
  }
  expect(problemsOf.ocsf(JSON.parse(render(text, "ocsf").line))).toEqual([]);
  expect(problemsOf.ecs(JSON.parse(render(text, "ecs").line))).toEqual([]);
});

/** As the formats cut: to so many UTF-16 units, with an ellipsis, and no character in two. */
function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Every custom field of CEF has its label, and every label a field. */
function assertLabelled(extension: Readonly<Record<string, string>>): void {
  const custom = Object.keys(extension).filter((key) => /^(c6a|cs|cn|flexString)\d/.test(key));
  const labels = custom.filter((key) => key.endsWith("Label")).map((key) => key.slice(0, -5));
  expect(custom.filter((key) => !key.endsWith("Label")).sort()).toEqual(labels.sort());
}
