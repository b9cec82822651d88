import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { recordJsonSchema } from "../../../test/support/record-schema.ts";
import { ecsSchema, ocsfSchema } from "../../../test/support/siem-schemas.ts";
import { RecordChain } from "../chain/record-chain.ts";
import type { AuditEntry, AuditRecord } from "../record.ts";
import { type AuditFormat, auditFormats, renderRecord } from "./format.ts";
import { frameSyslog, toSyslog } from "./to-syslog.ts";

const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats.default(ajv);
const validators = {
  native: ajv.compile(recordJsonSchema()),
  ocsf: ajv.compile(ocsfSchema),
  ecs: ajv.compile(ecsSchema),
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

    const isValid = validators[format](JSON.parse(line));
    expect(validators[format].errors ?? []).toEqual([]);
    expect(isValid).toBe(true);
  });

  it("is valid CEF, which reads back", () => {
    const text = textOf(entry);
    const parsed = parseCef(render(text, "cef").line);

    const record = JSON.parse(text) as AuditRecord;
    expect(parsed.header).toMatchObject({ vendor: "mcp-gateway", event: entry.event });
    expect(parsed.severity).toBeGreaterThanOrEqual(0);
    expect(parsed.severity).toBeLessThanOrEqual(10);
    expect(parsed.extension).toMatchObject({ rt: "1790000000123", externalId: record.id });
    assertLabelled(parsed.extension);
  });

  it("is valid LEEF, which reads back", () => {
    const text = textOf(entry);
    const { event, attributes } = parseLeef(render(text, "leef").line);

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
    expect(validators.native({ ...record, ...wrong })).toBe(false);
  }
  const { hash: _, ...unchained } = record;
  expect(validators.native(unchained)).toBe(false);
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
  expect(parseCef(render(textOf(call), "cef").line).extension).toMatchObject({
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
    validators[format](JSON.parse(render(textOf(entry), format).line));
    expect(validators[format].errors ?? []).toEqual([]);
  });

  it("come back from CEF, and add no fields", () => {
    const { header, extension } = parseCef(render(textOf(entry), "cef").line);

    expect(header.event).toBe("call.outcome");
    expect(extension["suser"]).toBe(cut(expected(value), 1_023));
    expect(extension["cs1"]).toBe(cut(expected(`ledger/${value}`), 4_000));
    expect(extension["act"]).toBe("answered");
    assertLabelled(extension);
  });

  it("come back from LEEF, and add no fields", () => {
    const { event, attributes } = parseLeef(render(textOf(entry), "leef").line);

    expect(event).toBe("call.outcome");
    const written = (text: string) => text.replaceAll("\n", "\\n").replaceAll("\r", "\\r");
    expect(attributes["usrName"]).toBe(written(cut(expected(value), 4_000)));
    expect(attributes["outcome"]).toBe("answered");
  });

  it("come back from syslog as one message each", () => {
    const records = [entry, { ...call, event: value }].map((it) => textOf(it));
    const messages = records.map((text) => {
      const { record, line } = render(text, "native");
      return toSyslog(record, line, value);
    });

    const parsed = parseSyslogStream(Buffer.concat(messages.map(frameSyslog)));
    expect(parsed.map(({ text }) => text)).toEqual(records);
    for (const [index, { parameters }] of parsed.entries()) {
      expect(parameters["id"]).toBe((JSON.parse(records[index] ?? "") as AuditRecord).id);
    }
  });
});

it("writes syslog that follows the grammar of RFC 5424", () => {
  const { record, line } = render(textOf(call), "cef");
  const message = toSyslog(record, line, "exporter-1.example.com");

  expect(message).toMatch(
    /^<110>1 2026-09-21T14:13:20\.123Z exporter-1\.example\.com mcp-gateway proxy-1 call\.outcome \[mcpgateway@32473 id="[\w-]+" bootId="[\w-]+" sequence="\d+"\] CEF:0\|/,
  );
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
  validators.ocsf(JSON.parse(render(text, "ocsf").line));
  expect(validators.ocsf.errors ?? []).toEqual([]);
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

/** A reader of CEF of its own, by the letter of the standard. */
function parseCef(line: string) {
  expect(line.slice(0, 6)).toBe("CEF:0|");
  const [vendor, product, version, event, name, severity, ...rest] = line
    .slice(6)
    .split(/(?<=(?:^|[^\\])(?:\\\\)*)\|/);
  const tail = rest.join("|");
  const extension: Record<string, string> = {};
  // A key is a word before an equals sign that is not escaped.
  const keys = [...tail.matchAll(/(?:^|(?<= ))([A-Za-z0-9_]+)(?<!\\)=/g)];
  for (const [index, match] of keys.entries()) {
    const from = match.index + match[0].length;
    const next = keys[index + 1];
    const to = next ? next.index - 1 : tail.length;
    const key = match[1] ?? "";
    if (key in extension) throw new Error(`${key} stands twice`);
    extension[key] = tail
      .slice(from, to)
      .replace(/\\([\\=nr])/g, (_, it: string) => ({ n: "\n", r: "\r" })[it] ?? it);
  }
  return {
    header: { vendor, product, version, event: unescapeHeader(event), name: unescapeHeader(name) },
    severity: Number(severity),
    extension,
  };
}

function unescapeHeader(text = ""): string {
  return text.replace(/\\([\\|])/g, "$1");
}

function parseLeef(line: string) {
  const [, version, vendor, , , event, delimiter, rest] =
    /^LEEF:([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|(.*)$/s.exec(line) ?? [];
  expect([version, vendor, delimiter]).toEqual(["2.0", "mcp-gateway", "x09"]);
  const attributes: Record<string, string> = {};
  for (const pair of (rest ?? "").split("\t")) {
    const [key = "", ...value] = pair.split("=");
    if (key in attributes) throw new Error(`${key} stands twice`);
    attributes[key] = value.join("=");
  }
  return { event, attributes };
}

function parseSyslogStream(stream: Buffer) {
  const messages = [];
  for (let at = 0; at < stream.length; ) {
    const space = stream.indexOf(" ", at);
    const length = Number(stream.subarray(at, space).toString("ascii"));
    expect(Number.isInteger(length)).toBe(true);
    const message = stream.subarray(space + 1, space + 1 + length).toString("utf8");
    expect(Buffer.byteLength(message)).toBe(length);
    messages.push(parseSyslog(message));
    at = space + 1 + length;
  }
  return messages;
}

function parseSyslog(message: string) {
  const [head, ...fields] =
    /^<\d{1,3}>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) \[mcpgateway@32473/.exec(
      message,
    ) ?? [];
  if (head === undefined) throw new Error(`no syslog message: ${message.slice(0, 100)}`);
  const parameters: Record<string, string> = {};
  let at = head.length;
  while (message[at] === " ") {
    const equals = message.indexOf('="', at);
    const name = message.slice(at + 1, equals);
    let value = "";
    for (at = equals + 2; message[at] !== '"'; at += 1) {
      if (message[at] === "\\") at += 1;
      value += message[at];
    }
    parameters[name] = value;
    at += 1;
  }
  expect(message.slice(at, at + 2)).toBe("] ");
  return { fields, parameters, text: message.slice(at + 2) };
}
