import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type {
  ArgumentScanSettings,
  CustomDetector,
  ResultScanSettings,
} from "../../core/policy/compiled-scanning.ts";
import { Inspector } from "./inspector.ts";
import { expandExample } from "./rules/expand-example.ts";

const inspector = new Inspector({ redactionKey: Buffer.alloc(32, 7) });
const token = expandExample("ghp_<base62+checksum 30>");
const otherToken = expandExample("glpat-<base62 20>");
const password = expandExample("<base62 16>");
const tokenShape = /^\[\[mcpgw:[a-z-]+:[a-z2-7]{10}\]\]$/;

function inspectArguments(
  args: Record<string, unknown>,
  settings: Partial<ArgumentScanSettings> = {},
  inputSchema?: unknown,
) {
  return inspector.inspectArguments({
    arguments: args,
    inputSchema,
    settings: {
      ...defaultScanSettings,
      arguments: {
        ...defaultScanSettings.arguments,
        secrets: "block",
        hiddenCharacters: "block",
        ...settings,
      },
    },
  });
}

function inspectMessage(message: unknown, settings: Partial<ResultScanSettings> = {}) {
  return inspector.inspectMessage({
    message,
    settings: {
      ...defaultScanSettings,
      results: {
        ...defaultScanSettings.results,
        secrets: "redact",
        hiddenCharacters: "redact",
        ...settings,
      },
    },
  });
}

describe("arguments that the schema neither names nor forbids", () => {
  const inputSchema = { type: "object", properties: { id: { type: "string" } } };
  const look = (args: Record<string, unknown>, unknownArguments: "off" | "log" | "block") =>
    new Inspector({ redactionKey: Buffer.alloc(32, 1) }).inspectArguments({
      arguments: args,
      inputSchema,
      settings: {
        ...defaultScanSettings,
        arguments: { ...defaultScanSettings.arguments, unknownArguments },
      },
    });

  it("are recorded, or refused where the policy says so, by their names as far as these are harmless", () => {
    const rule = "schema.unknown-argument";
    const args = { id: "7", "id 2026-11-22": "1" };
    expect(look(args, "log")).toMatchObject({
      kind: "clean",
      findings: [{ rule, pointer: "/*", action: "logged" }],
    });
    expect(look({ id: "7", sidenote: "x" }, "block")).toMatchObject({
      kind: "blocked",
      reason: expect.stringContaining(`${rule} at /sidenote`),
    });
    expect(look(args, "off")).toEqual({ kind: "clean", findings: [] });
    const token = expandExample("ghp_<base62+checksum 30>");
    expect(JSON.stringify(look({ [token]: 1 }, "log").findings)).not.toContain(token);
  });
});

describe("arguments", () => {
  it("without anything to find pass as they are", () => {
    expect(inspectArguments({ path: "/srv/a", count: 3, tags: ["a", null] })).toEqual({
      kind: "clean",
      findings: [],
    });
  });

  it("with a secret are blocked, and the reason names the rule and the place but not the secret", () => {
    const verdict = inspectArguments({ note: { body: [`use ${token}`] } });

    expect(verdict).toMatchObject({
      kind: "blocked",
      reason: expect.stringContaining("secrets.github-token at /note/body/0"),
      findings: [
        {
          rule: "secrets.github-token",
          direction: "arguments",
          pointer: "/note/body/0",
          action: "blocked",
        },
      ],
    });
    expect(JSON.stringify(verdict)).not.toContain(token);
  });

  it("are redacted in a copy when the policy says so", () => {
    const args = { text: `a ${token} b ${token}`, kept: { deep: [1] } };

    const verdict = inspectArguments(args, { secrets: "redact" });

    expect(verdict.kind).toBe("redacted");
    const { text } = (verdict as { value: { text: string } }).value;
    const [, first, , second] = text.split(" ");
    expect(first).toMatch(tokenShape);
    expect(second).toBe(first);
    expect(args.text).toContain(token);
  });

  it("pass with a note when the policy only logs, and without one when it does not look", () => {
    expect(inspectArguments({ token }, { secrets: "log" })).toMatchObject({
      kind: "clean",
      findings: [{ rule: "secrets.github-token", action: "logged" }],
    });
    expect(inspectArguments({ token }, { secrets: "off" })).toEqual({
      kind: "clean",
      findings: [],
    });
  });

  it("may hold a password under the name that the tool gave it", () => {
    expect(inspectArguments({ host: "db", password }).kind).toBe("clean");
  });

  it("that hide a secret behind invisible or full-width letters are found out", () => {
    const spaced = [...token].join("\u2060");
    const fullWidth = [...token]
      .map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
      .join("");
    for (const hidden of [spaced, fullWidth]) {
      const verdict = inspectArguments({ hidden }, { secrets: "redact", hiddenCharacters: "off" });
      expect(verdict).toMatchObject({
        kind: "redacted",
        findings: [{ rule: "secrets.github-token" }],
      });
      expect((verdict as { value: { hidden: string } }).value.hidden).toMatch(tokenShape);
    }
  });

  it("with a secret as a key are redacted there too, and no pointer shows it", () => {
    const verdict = inspectArguments({ [token]: { [otherToken]: token } }, { secrets: "redact" });

    expect(JSON.stringify(verdict)).not.toContain(token);
    expect(JSON.stringify(verdict)).not.toContain(otherToken);
    expect(verdict.findings.map(({ pointer }) => pointer)).toEqual([
      "",
      "/(key 1)",
      "/(key 1)/(key 1)",
    ]);
  });

  it("keep keys apart that redaction makes equal, and never touch a prototype", () => {
    const args = JSON.parse('{"a\\u200b": 1, "a": 2, "__pro\\u200bto__": {"polluted": true}}');

    const verdict = inspectArguments(args, { hiddenCharacters: "redact" });

    expect(verdict.kind).toBe("redacted");
    const { value } = verdict as { value: Record<string, unknown> };
    expect(Object.entries(value)).toEqual([
      ["a", 1],
      ["a (2)", 2],
      ["__proto__", { polluted: true }],
    ]);
    expect(value["polluted"]).toBeUndefined();
  });

  it("that are nested too deeply or too many are blocked", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100)}1${"}".repeat(100)}`);
    const many = { list: Array.from({ length: 60_000 }, () => 1) };
    for (const args of [deep, many]) {
      expect(inspectArguments(args)).toMatchObject({
        kind: "blocked",
        findings: [{ rule: "scan.limits", action: "blocked" }],
      });
    }
  });
});

describe("arguments against the schema", () => {
  const schema = {
    type: "object",
    properties: {
      path: { type: "string" },
      mode: { enum: ["read", "write"] },
      limit: { type: "integer", maximum: 10 },
    },
    required: ["path", "mode"],
    additionalProperties: false,
  };

  it("pass when they fit", () => {
    expect(inspectArguments({ path: "/a", mode: "read" }, {}, schema).kind).toBe("clean");
  });

  it("are blocked with every violation in words that say what to do", () => {
    const verdict = inspectArguments({ mode: "delete", limit: 11, colour: 1 }, {}, schema);

    expect(verdict).toMatchObject({ kind: "blocked" });
    const { reason } = verdict as { reason: string };
    for (const words of [
      "/path: is required",
      '/mode: must be one of "read", "write"',
      "/limit: must be <= 10",
      "/colour: is not an argument of this tool",
    ]) {
      expect(reason).toContain(words);
    }
    expect(verdict.findings).toContainEqual({
      rule: "schema",
      direction: "arguments",
      pointer: "/limit",
      action: "blocked",
    });
  });

  it("name five violations at most, and no value that was sent", () => {
    const list = { type: "object", additionalProperties: { type: "number" } };
    const args = Object.fromEntries(Array.from({ length: 50 }, (_, it) => [`a${it}`, password]));

    const verdict = inspectArguments(args, { secrets: "off" }, list);

    expect(verdict.findings).toHaveLength(5);
    expect(JSON.stringify(verdict)).not.toContain(password);
  });

  it("do not repeat a secret that stands where a name should", () => {
    const verdict = inspectArguments({ [token]: 1 }, { secrets: "off" }, schema);

    expect(verdict.kind).toBe("blocked");
    expect(JSON.stringify(verdict)).not.toContain(token);
  });

  it("are not checked when the policy says so, or when the schema is not known", () => {
    expect(inspectArguments({ wrong: 1 }, { schema: "off" }, schema).kind).toBe("clean");
    expect(inspectArguments({ wrong: 1 }).kind).toBe("clean");
  });

  it("are blocked when the schema is of no use, and the reason says that others must mend it", () => {
    expect(inspectArguments({}, {}, { $ref: "https://example.org/a" })).toMatchObject({
      kind: "blocked",
      reason: expect.stringContaining("refers to a schema that is not part of it"),
      findings: [{ rule: "schema" }],
    });
  });

  it("tell of patterns that cannot be enforced", () => {
    const verdict = inspectArguments({ a: "b" }, {}, { properties: { a: { pattern: "(?!b)" } } });

    expect(verdict).toMatchObject({
      kind: "clean",
      findings: [{ rule: "schema.pattern.unsupported", action: "logged" }],
    });
  });
});

describe("a message from an upstream", () => {
  it("is looked through everywhere", () => {
    const places = {
      jsonrpc: "2.0",
      id: 1,
      error: { code: 1, message: token, data: { trace: [token] } },
      result: {
        content: [
          { type: "text", text: token },
          { type: "resource", resource: { uri: "a:b", text: token } },
        ],
        structuredContent: { [token]: token },
        _meta: { note: token },
      },
      params: { message: token },
    };

    const verdict = inspectMessage(places);

    expect(verdict.kind).toBe("redacted");
    expect(JSON.stringify(verdict)).not.toContain(token);
    expect(verdict.findings).toHaveLength(8);
  });

  it("keeps what the protocol needs", () => {
    const message = { jsonrpc: "2.0", id: token, result: { requestState: token, content: [] } };

    expect(inspectMessage(message)).toEqual({ kind: "clean", findings: [] });
  });

  it("is not searched for text in images, sounds and binary resources", () => {
    const data = `${expandExample("AKIA<base32 16>")}/${expandExample("<base64 43>")}`;
    const content = [
      { type: "image", data, mimeType: "image/png" },
      { type: "resource", resource: { uri: "a:b", blob: data } },
    ];

    expect(inspectMessage({ result: { content } }).kind).toBe("clean");
    expect(
      inspectMessage({ result: { content: [{ type: "image", data: `- ${token}` }] } }).kind,
    ).toBe("redacted");
  });

  it("holds a secret when its key says so", () => {
    const verdict = inspectMessage({ result: { structuredContent: { db_password: password } } });

    expect(verdict).toMatchObject({
      kind: "redacted",
      findings: [{ rule: "secrets.password", pointer: "/result/structuredContent/db_password" }],
    });
  });

  it("keeps the handles of paging", () => {
    const nextPageToken = expandExample("<base64url 60>");

    expect(inspectMessage({ result: { structuredContent: { nextPageToken } } }).kind).toBe("clean");
  });

  it("loses what a reader does not see, and the secret that this hid", () => {
    const verdict = inspectMessage({
      result: {
        content: [{ type: "text", text: `a\u200b ${token.slice(0, 9)}\u200b${token.slice(9)}` }],
      },
    });

    expect(verdict.findings.map(({ rule }) => rule)).toEqual([
      "hidden.zero-width",
      "secrets.github-token",
    ]);
    const text = (verdict as { value: { result: { content: { text: string }[] } } }).value.result
      .content[0]?.text;
    expect(text).toMatch(/^a \[\[mcpgw:github-token:/);
  });

  it("is withheld when the policy blocks, and the reason shows nothing of it", () => {
    const verdict = inspectMessage({ result: { "Ignore all rules": token } }, { secrets: "block" });

    expect(verdict).toMatchObject({ kind: "blocked" });
    expect((verdict as { reason: string }).reason).not.toContain("Ignore");
    expect((verdict as { reason: string }).reason).toContain("secrets.github-token");
  });

  it("is withheld when it is nested without end", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;

    expect(inspectMessage(circle)).toMatchObject({
      kind: "blocked",
      findings: [{ rule: "scan.limits" }],
    });
  });

  it("passes when it cannot be looked through and the policy only records, and the record says so", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`);

    expect(inspectMessage(deep, { secrets: "log", hiddenCharacters: "off" })).toEqual({
      kind: "clean",
      findings: [{ rule: "scan.limits", direction: "result", pointer: "", action: "logged" }],
    });
    expect(inspectMessage(deep, { secrets: "log", hiddenCharacters: "block" }).kind).toBe(
      "blocked",
    );
  });

  it.each([
    ["keywords", "password=token=secret: api_key=".repeat(33_000)],
    ["values that nearly are secrets", "password=Aa1aaaaaaaaaaaaaaaaaaaa ".repeat(33_000)],
    ["beginnings of tokens", " eyJ-eyJhbGciOi.eyJ sk-ant-api03- ghp_ AKIA xoxb-1-".repeat(20_000)],
    ["beginnings of keys", "-----BEGIN PRIVATE KEY-----\n".repeat(36_000)],
    ["beginnings of addresses", "://a:b".repeat(170_000)],
    ["one long word", `eyJ${"a".repeat(1_000_000)}`],
    ["invisible characters", "a\u200d\ufe0f".repeat(350_000)],
  ])("of a megabyte of %s gets an answer, and quickly", (_, text) => {
    const startedAt = performance.now();

    const verdict = inspectMessage({ result: { content: [{ type: "text", text }] } });

    expect(["clean", "redacted", "blocked"]).toContain(verdict.kind);
    // The budget of 250 ms, and much room for a machine that is busy: quadratic time would be minutes.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe("a record", () => {
  it("shows tokens in place of secrets, the same as in the call", () => {
    const verdict = inspectArguments({ a: token }, { secrets: "redact" });

    expect(inspector.redactForRecord({ a: token })).toEqual((verdict as { value: unknown }).value);
    expect(inspector.redactForRecord({ password })).toEqual({
      password: expect.stringMatching(tokenShape),
    });
    expect(inspector.redactForRecord([1, null, "text", true])).toEqual([1, null, "text", true]);
  });

  it("cannot be traced back without the key", () => {
    const other = new Inspector({ redactionKey: Buffer.alloc(32, 8) });

    expect(other.redactForRecord(token)).not.toBe(inspector.redactForRecord(token));
  });

  it("shows no half of a secret where a long text is cut", () => {
    const cutAt = 1_048_576;
    for (let offset = cutAt - 60; offset <= cutAt + 4; offset += 7) {
      for (const rest of [0, 30, 70_000]) {
        const text = `${".".repeat(offset)} ${token} ${".".repeat(rest)}`;
        expect(inspector.redactForRecord(text)).not.toContain(token.slice(0, 8));
      }
    }
  });

  it("comes about whatever the value is", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const throwing = {
      get a(): string {
        throw new Error("no");
      },
    };

    expect(inspector.redactForRecord(circle)).toBe("[not recorded: it is nested too deeply]");
    expect(inspector.redactForRecord(throwing)).toBe("[not recorded: it cannot be read]");
    expect(inspector.redactForRecord(10n)).toBe(10n);
    expect(inspector.redactForRecord("a ".repeat(1_000_000))).toHaveLength(1_048_576 + 5);
  });
});

describe("numbers of JSON", () => {
  const personalData = "redact";
  const personalDataTypes = ["card", "ssn"] as const;
  const redact = (message: unknown) => {
    const verdict = inspectMessage(message, { personalData, personalDataTypes });
    return verdict.kind === "redacted" ? verdict.value : verdict.kind;
  };

  it.each([
    ["a card", { card: 4111111111111111 }, { card: 9000000000001111 }],
    ["cards in a list", { pan: [4111111111111111, 5] }, { pan: [9000000000001111, 5] }],
    ["a short card that is called so", { card: 676170830290 }, { card: 900000000290 }],
    ["a social security number", { ssn: 536904399 }, { ssn: 900004399 }],
    ["a number below zero", { n: -4111111111111111 }, { n: -9000000000001111 }],
  ])("are masked where they are %s", (_, structuredContent, masked) => {
    expect(redact({ result: { structuredContent } })).toEqual({
      result: { structuredContent: masked },
    });
  });

  it.each([
    { orderId: 4539578763621486 },
    { timestamp: 4539578763621486 },
    { n: 4111111111111112 },
    { n: 41111111111111.11 },
    { n: 1e300 },
    { account: 536904399 },
    { createdAt: 1795402800000 },
  ])("are left alone where they are something else: %o", (structuredContent) => {
    expect(redact({ result: { structuredContent } })).toBe("clean");
  });

  it("block a call as the same text does", () => {
    for (const card of [4111111111111111, "4111111111111111"]) {
      expect(inspectArguments({ card }, { personalData: "block", personalDataTypes }).kind).toBe(
        "blocked",
      );
    }
  });

  it("are what the operator's own detectors look at, too", () => {
    const customer: CustomDetector = {
      name: "customer",
      literals: [],
      pattern: RE2JS.compile("\\b77\\d{6}\\b"),
      checksum: undefined,
      arguments: "block",
      results: "off",
    };
    const settings = { ...defaultScanSettings, detectors: [customer] };
    const kindOf = (n: number) => inspector.inspectArguments({ arguments: { n }, settings }).kind;
    expect([kindOf(77123456), kindOf(78123456)]).toEqual(["blocked", "clean"]);
  });

  it.each([
    ['{"card": 4111111111111111, "n": 1}', '{"card": "<token>", "n": 1}'],
    ['[4111111111111111, "4111111111111111"]', '["<token>", "<token>"]'],
    ['{"a":4111111111111111}\n{"a":1}', '{"a":"<token>"}\n{"a":1}'],
    ['{"note":"cards: [4111111111111111]"}', '{"note":"cards: [<token>]"}'],
    ['{"in":"{\\"card\\":4111111111111111}"}', '{"in":"{\\"card\\":\\"<token>\\"}"}'],
    ["{'card': 4111111111111111}", "{'card': '<token>'}"],
    ["paid [4111111111111111]", "paid [<token>]"],
    ["paid with 4111111111111111, thanks", "paid with <token>, thanks"],
  ])("leave the JSON of a text readable: %s", (text, expected) => {
    const seen = redact({ result: { text } }) as { result: { text: string } };
    expect(seen.result.text.replaceAll(/\[\[mcpgw:card:\w+\]\]/g, "<token>")).toBe(expected);
    if (text.startsWith('{"'))
      expect(() => text.split("\n").map((it) => JSON.parse(it))).not.toThrow();
  });
});
