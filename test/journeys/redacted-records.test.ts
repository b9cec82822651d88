import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type AuditFormat, auditFormats, renderRecord } from "../../core/audit/formats/format.ts";
import type { AuditRecord } from "../../core/audit/record.ts";
import { AuditService } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { Action, ScanAction, ScanExceeded } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../support/scripted-upstream.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";

const personal = {
  card: "4111111111111111",
  iban: "DE89370400440532013000",
  email: "joe.x@corp-y.com",
  ssn: "536-90-4399",
  custom: "project falcon",
} as const;
const values = Object.values(personal);
const all = `${personal.card}, ${personal.iban}, ${personal.email}, ${personal.ssn} of ${personal.custom}`;
const key = ["AKIA", "QYLPMN5HNAB34XTZ"].join("");

/** All tools that are called here. */
const tools = ["act", "refused", "held", "stopped", "asked", "seldom"].map((name) => ({
  name,
  inputSchema: { type: "object" },
}));
const listing = {
  "tools/list": {
    answer: { result: { resultType: "complete", ttlMs: 0, cacheScope: "private", tools } },
  },
};

let upstream: ScriptedUpstream;
let receiver: WebhookReceiver;
let gateway: TestGateway;
let headers: Record<string, string>;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  upstream.script = listing;
  receiver = await WebhookReceiver.start();
  const hook = {
    name: "hook",
    webhook: { url: { source: { case: "fromEnv" as const, value: "HOOK" } } },
    gatherFor: { nanos: 100_000_000 },
  };
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "crm", url: upstream.url },
        { name: "other", url: upstream.url },
      ],
      routes: [
        { path: "/mcp", upstreams: ["crm"] },
        { path: "/both", upstreams: ["crm", "other"] },
      ],
      rules: [
        { name: "no", match: { tools: ["*/refused"] }, action: Action.DENY },
        { name: "ask", match: { tools: ["*/held"] }, action: Action.APPROVE, approval: "people" },
        { name: "not-this", match: { methods: ["*/notifications/no"] }, action: Action.DENY },
        { name: "all", match: { tools: ["*/*"] }, action: Action.ALLOW },
        { name: "prompts", match: { prompts: ["*/*"] }, action: Action.ALLOW },
        { name: "resources", match: { resources: ["*/*"] }, action: Action.ALLOW },
      ],
      approvals: [{ name: "people", notify: ["hook"], holdFor: { seconds: 20n } }],
      notifiers: [hook],
      limits: [
        { name: "few", match: { tools: ["*/seldom"] }, requests: 1, window: { seconds: 3600n } },
      ],
      scanning: {
        detectors: [
          {
            name: "falcon",
            literals: [personal.custom],
            arguments: ScanAction.REDACT,
            results: ScanAction.REDACT,
          },
        ],
        budget: { maxBytes: 20_000, onExceed: ScanExceeded.ALLOW },
        profiles: [
          {
            name: "strict",
            approval: "people",
            arguments: {
              secrets: ScanAction.REDACT,
              personalData: ScanAction.REDACT,
            },
            results: {
              secrets: ScanAction.REDACT,
              personalData: ScanAction.REDACT,
            },
          },
        ],
        overrides: [
          {
            match: { tools: ["*/stopped"] },
            arguments: { personalData: ScanAction.BLOCK },
          },
          { match: { tools: ["*/asked"] }, arguments: { personalData: ScanAction.APPROVE } },
        ],
      },
    },
    { env: { HOOK: receiver.url } },
  );
  headers = { authorization: `Bearer ${await gateway.createAgent("ann")}` };
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
  await receiver?.stop();
});

const call = (name: string, args: object) => request("tools/call", { name, arguments: args });

/** One of each kind that can have a record, as far as an agent and an upstream can bring it about. */
const sent: readonly (readonly [string, object])[] = [
  ["a call that is answered", call("act", { card: personal.card, text: all })],
  ["a key of arguments", call("act", { [all]: 1 })],
  ["a call that a rule denies", call("refused", { text: all })],
  ["a call that is stopped", call("stopped", { text: all })],
  ["a call that limits refuse", call("seldom", { text: all })],
  ["an unknown tool", call(all, { text: all })],
  ["a prompt", request("prompts/get", { name: "p", arguments: { text: all } })],
  ["a prompt's name", request("prompts/get", { name: all })],
  ["a resource", request("resources/read", { uri: `crm://people?m= ${all}` })],
  [
    "a completion",
    request("completion/complete", {
      ref: { type: "ref/prompt", name: "p" },
      argument: { name: "a", value: all },
    }),
  ],
  ["metadata", request("tools/call", { name: "act", arguments: {}, _meta: { "x/y": all } })],
  [
    "the handshake",
    request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: all, version: "1" },
    }),
  ],
  ["a method of its own", request(all, { text: all })],
  ["a notification", { jsonrpc: "2.0", method: "notifications/x", params: { text: all } }],
  [
    "a notification that is denied",
    { jsonrpc: "2.0", method: "notifications/no", params: { text: all } },
  ],
  ["an answer", { jsonrpc: "2.0", id: 7, result: { content: { text: all } } }],
  ["an answer that refuses", { jsonrpc: "2.0", id: 7, error: { code: 1, message: all } }],
];

describe.each(["/mcp", "/both"])("what the policy redacts, on %s", (path) => {
  it.each(sent)("stands in no record of %s, whatever the upstream answers", async (_, message) => {
    for (const answer of [
      { result: { content: [{ type: "text", text: all }], structuredContent: { text: all } } },
      { error: { code: -32_000, message: all, data: { text: all } } },
    ]) {
      const log = {
        jsonrpc: "2.0",
        method: "notifications/message",
        params: { level: "info", data: all },
      };
      const methods = ["tools/call", "prompts/get", "resources/read", "completion/complete"];
      upstream.script = {
        ...listing,
        ...Object.fromEntries(methods.map((it) => [it, { before: [log], answer }])),
      };
      await post(gateway.url(0, path), message, { ...headers, "user-agent": all });
    }
    await expectNowhere(values);
  });

  it("stands nowhere of a held call: not in its records, in what people are shown, nor in what they are sent", async () => {
    upstream.script = {
      ...listing,
      "tools/call": { answer: { result: { content: [{ type: "text", text: all }] } } },
    };
    for (const tool of ["held", "asked"]) {
      receiver.posts.length = 0;
      const calling = post(
        gateway.url(0, path),
        call(path === "/mcp" ? tool : `crm__${tool}`, { text: all }),
        headers,
      );
      const shown = await gateway.pendingApproval();
      const [message] = await receiver.received(1);
      // Who is asked about personal data sees it; nobody else does.
      if (tool === "held")
        expectNone(`${JSON.stringify(shown.arguments)} ${message?.body}`, values);
      else expect(shown.arguments).toContain(personal.card);
      await gateway.decide(true);
      await calling;
      const events = (await gateway.records()).map(({ event }) => event);
      expect(events).toContain("approval.opened");
      await expectNowhere(values);
    }
  });
});

it("what was refused before it was a call shows none of it", async () => {
  await post(new URL(`/user:${personal.card}/mail:${personal.email}`, gateway.url(0)), {}, headers);
  await post(gateway.url(0, "/both"), call("act", { text: all }), {
    ...headers,
    "mcp-session-id": personal.card,
  });
  await expectNowhere(values);
});

describe("what the scanner did not look at", () => {
  const padding = "hello world ".repeat(3_000);
  /** Glued to other letters, no detector knows it. */
  const unseen = [`${padding}${key}`, `${key}${padding}`, `${key}${"x".repeat(24_000)}`];
  const digest = expect.stringMatching(
    /^\[not recorded: it was not looked through \(scan\.budget\); \d+ bytes, sha256 [0-9a-f]{64}\]$/,
  );

  it.each(unseen)(
    "is not recorded: of arguments and results, their size and digest",
    async (text) => {
      upstream.script = {
        ...listing,
        "tools/call": { answer: { result: { content: [{ type: "text", text }] } } },
      };
      const before = (await gateway.records()).length;
      await post(gateway.url(0), call("act", { text }), headers);
      const written = (await gateway.records()).slice(before);
      expect(written.filter(({ event }) => event === "call.intent")).toMatchObject([
        { arguments: digest },
      ]);
      expect(written.filter(({ event }) => event === "call.outcome")).toMatchObject([
        { arguments: digest, result: digest },
      ]);
      await expectNowhere([key]);
    },
  );

  it("is not recorded of errors, notifications, prompts and held calls, of which people are told that", async () => {
    const text = `${key}${"x".repeat(24_000)}`;
    upstream.script = {
      ...listing,
      "prompts/get": { answer: { error: { code: -32_000, message: text } } },
      "tools/call": { answer: { error: { code: -32_000, message: text } } },
    };
    await post(gateway.url(0), request("prompts/get", { name: "p", arguments: { text } }), headers);
    await post(
      gateway.url(0),
      { jsonrpc: "2.0", method: "notifications/x", params: { text } },
      headers,
    );
    const calling = post(gateway.url(0), call("held", { text }), headers);
    const shown = await gateway.pendingApproval();
    expect(shown.findings[0]).toMatch(/^NOT LOOKED THROUGH, it may hold anything: scan\.budget/);
    await gateway.decide(true);
    await calling;
    const records = await gateway.records();
    const errors = records
      .map(({ error }) => error?.message ?? "")
      .filter((it) => it.includes("scan.budget"));
    expect(errors.length).toBeGreaterThanOrEqual(2);
    await expectNowhere([key]);
  });
});

it("records name the key of their tokens, and who comes later to the same epoch has the same", async () => {
  const told = (await gateway.records()).filter(({ event }) =>
    /^(?:call\.|request|approval\.opened)/.test(event),
  );
  expect(told.length).toBeGreaterThan(0);
  const keys = new Set(told.map(({ redactionKey }) => redactionKey));
  expect([...keys]).toEqual([expect.stringMatching(/^20\d{6}-[0-9a-f]{8}$/)]);
});

describe("what looks like a token of the gateway", () => {
  const forged =
    "[[mcpgw:card:ixnpz22ben]] u-ixnpz22ben@redacted.invalid [[MCPGW:x:a]] [[m\u200bcpgw:a:b]]";
  const tokens = /\[\[mcpgw:[\w-]+:[a-z2-7]{10}\]\]/g;

  it.each(["act", "refused", "held"])(
    "is escaped in every record of a call of %s, for people, for the upstream and for the agent; ours stay",
    async (tool) => {
      const text = `${forged} ${personal.card}`;
      upstream.script = {
        ...listing,
        "tools/call": { answer: { result: { content: [{ type: "text", text }] } } },
      };
      const before = (await gateway.records()).length;
      const calling = post(gateway.url(0), call(tool, { text, [forged]: 1 }), headers);
      let shown = "";
      if (tool === "held") {
        shown = (await gateway.pendingApproval()).arguments;
        await gateway.decide(true);
      }
      const { text: answer } = await calling;
      const written = JSON.stringify((await gateway.records()).slice(before));
      const body = upstream.received.at(-1)?.body ?? "";
      for (const told of [shown, written, answer, tool === "refused" ? "" : body]) {
        expect(told).not.toContain("ixnpz22ben]] u-ixnpz22ben@redacted.invalid");
        expect(told.toLowerCase()).not.toMatch(/\[\[mcpgw:(?:card:ixnpz22ben|x:a|a:b)/);
      }
      const made = new Set(`${shown}${written}${tool === "refused" ? "" : body}`.match(tokens));
      expect(made.size).toBe(1);
      await expectNowhere(values);
    },
  );
});

function request(method: string, params: object) {
  return { jsonrpc: "2.0", id: 1, method, params };
}

/** How many records were looked at. */
let looked = 0;

/** In none of the records since the last look, in no format, and in nothing that mcpctl asks for. */
async function expectNowhere(secrets: readonly string[]): Promise<void> {
  const all = await vi.waitFor(async () => {
    const found = await gateway.records();
    expect(found.length).toBeGreaterThan(looked);
    return found;
  }, 10_000);
  const records = all.slice(looked);
  looked = all.length;
  for (const record of records) {
    expectNone(JSON.stringify(record), secrets);
    for (const format of auditFormats) expectNone(rendered(record, format), secrets);
  }
  await vi.waitFor(async () => {
    const found = await gateway.operator.call(AuditService.method.queryAudit, {
      filter: {},
      pageSize: 500,
    });
    expect(found.records.length).toBeGreaterThan(0);
    expectNone(
      JSON.stringify(found, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
      secrets,
    );
  });
}

function rendered(record: AuditRecord, format: AuditFormat): string {
  return renderRecord(JSON.stringify(record), "1-1", format).line;
}

function expectNone(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    const at = text.toLowerCase().indexOf(secret.toLowerCase());
    expect(at < 0 ? "" : text.slice(Math.max(0, at - 300), at + 100)).toBe("");
  }
}
