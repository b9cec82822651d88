import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { fakeSecret, startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { connectClient, modernMeta, post } from "../support/mcp.ts";

let upstream: TestUpstream;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start(policyFor(upstream));
  key = await gateway.createAgent("analyst-1", ["data"]);
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

describe.each(["legacy", "modern"] as const)("an agent of the %s era", (era) => {
  it("sees the tools it may use, and no others", async () => {
    const client = await connectClient(gateway.url(), key, era);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(["echo", "leak", "write"]);
    await client.close();
  });

  it("gets the upstream's answer to a call that a rule allows", async () => {
    const client = await connectClient(gateway.url(), key, era);
    const result = await client.callTool({ name: "echo", arguments: { text: "hello" } });
    expect(result.content).toEqual([{ type: "text", text: "echo: hello" }]);
    await client.close();
  });

  it("is told which rule denies its call", async () => {
    const client = await connectClient(gateway.url(), key, era);
    await expect(client.callTool({ name: "fail", arguments: {} })).rejects.toMatchObject({
      code: 4030,
      message: expect.stringContaining("rule no-failing: It only fails."),
      data: { kind: "denied", rule: "no-failing" },
    });
    await client.close();
  });

  it("has a call held, approved, and answered on the same connection", async () => {
    const client = await connectClient(gateway.url(), key, era);
    const runsBefore = upstream.runs.get("write") ?? 0;
    const pending = client.callTool({ name: "write", arguments: { path: era, content: "x" } });
    const approval = await gateway.pendingApproval();
    expect(approval).toMatchObject({
      agent: "analyst-1",
      tool: "write",
      rule: "writes-need-a-human",
      arguments: JSON.stringify({ path: era, content: "x" }),
    });
    expect(upstream.runs.get("write") ?? 0).toBe(runsBefore);

    await gateway.decide(true);

    expect((await pending).content).toEqual([{ type: "text", text: `wrote ${era}` }]);
    expect(upstream.runs.get("write")).toBe(runsBefore + 1);
    await client.close();
  });

  it("is told who denied its held call and why", async () => {
    const client = await connectClient(gateway.url(), key, era);
    const pending = client.callTool({ name: "write", arguments: { path: "/no", content: era } });
    const ended = expect(pending).rejects.toMatchObject({
      code: 4031,
      message: expect.stringContaining("denied by admin: not today"),
    });
    await gateway.decide(false, "not today");
    await ended;
    await client.close();
  });

  it("reads no secret in a result", async () => {
    const client = await connectClient(gateway.url(), key, era);
    const result = await client.callTool({ name: "leak", arguments: {} });
    const text = JSON.stringify(result.content);
    expect(text).not.toContain(fakeSecret);
    expect(text).toMatch(/the token is \[\[mcpgw:[a-z0-9-]+:[A-Z0-9a-z]{10}\]\]/);
    await client.close();
  });

  it("is told which argument breaks the schema", async () => {
    const client = await connectClient(gateway.url(), key, era);
    const result = await client.callTool({ name: "echo", arguments: { text: 7 } });
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/text.*string/) }],
    });
    await client.close();
  });

  it("is told that a tool does not exist", async () => {
    const client = await connectClient(gateway.url(), key, era);
    await expect(client.callTool({ name: "echo-typo", arguments: {} })).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining("Unknown tool: echo-typo"),
    });
    await client.close();
  });
});

describe("every call", () => {
  it("leaves a record that says who, what, why and how long", async () => {
    const client = await connectClient(gateway.url(), key, "legacy");
    await client.callTool({ name: "echo", arguments: { text: `look ${fakeSecret}` } });
    const ended = await gateway.outcomes(1);
    expect(ended.at(-1)).toMatchObject({
      agent: "analyst-1",
      groups: ["data"],
      route: "/mcp",
      upstream: "fixture",
      tool: "echo",
      operations: ["talk"],
      outcome: "answered",
      decision: { effect: "allow", rule: "reads", policyVersion: 1 },
      durationsMs: { policy: expect.any(Number), upstream: expect.any(Number) },
    });
    const intents = (await gateway.records()).filter(
      ({ event, callId }) => event === "call.intent" && callId === ended.at(-1)?.callId,
    );
    expect(intents).toHaveLength(1);
    await client.close();
  });

  it("keeps secrets out of records, upstream requests and their headers", async () => {
    const records = JSON.stringify(await gateway.records());
    const requests = JSON.stringify(upstream.received);
    expect(records).toContain("[[mcpgw:");
    expect([records.includes(fakeSecret), requests.includes(fakeSecret)]).toEqual([false, false]);
    expect([records.includes(key), requests.includes(key)]).toEqual([false, false]);
  });

  it("that was denied, blocked or unknown is recorded like one that succeeded", async () => {
    const outcomes = new Set((await gateway.outcomes(1)).map(({ outcome }) => outcome));
    expect([...outcomes]).toEqual(
      expect.arrayContaining(["answered", "denied", "blocked", "unknown-tool", "approval-denied"]),
    );
  });
});

it("takes a batch apart: each part is decided for itself, and recorded", async () => {
  const before = (await gateway.outcomes(1)).length;
  const part = (id: number, name: string, args: object) => ({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: args },
  });
  const batch = [
    part(1, "echo", { text: "one" }),
    { jsonrpc: "2.0", method: "notifications/initialized" },
    part(2, "fail", {}),
    part(3, "echo", { text: "three" }),
  ];
  const headers = { authorization: `Bearer ${key}` };

  const { status, text } = await post(gateway.url(), batch, headers);

  const answers = text.startsWith("[") ? JSON.parse(text) : eventsIn(text);
  expect(status).toBe(200);
  expect(answers).toHaveLength(3);
  expect(answers).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        id: 1,
        result: expect.objectContaining({ content: [{ type: "text", text: "echo: one" }] }),
      }),
      expect.objectContaining({ id: 2, error: expect.objectContaining({ code: 4030 }) }),
      expect.objectContaining({ id: 3, result: expect.anything() }),
    ]),
  );
  expect(
    (await gateway.outcomes(before + 3))
      .slice(before)
      .map(({ outcome }) => outcome)
      .sort(),
  ).toEqual(["answered", "answered", "denied"]);
  const later = { ...headers, "mcp-protocol-version": "2025-11-25" };
  expect((await post(gateway.url(), batch, later)).status).toBe(400);
});

describe("a batch", () => {
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  const send = (batch: unknown[], headers: Record<string, string> = {}) =>
    post(gateway.url(), batch, { authorization: `Bearer ${key}`, ...headers });

  it("is refused with headers that say something else than one of its parts", async () => {
    expect((await send([ping], { "mcp-method": "ping" })).status).toBe(200);
    const { status, body } = await send([ping], { "mcp-method": "tools/list" });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: -32_020 } });
  });

  it("is none of the modern era", async () => {
    const { status } = await send([{ ...ping, params: { _meta: modernMeta() } }]);
    expect(status).toBe(400);
  });
});

it("counts calls against the limit and says when to come back", async () => {
  const limited = await gateway.createAgent("limited-1");
  const headers = { authorization: `Bearer ${limited}` };
  const call = echoCall("x");
  for (let count = 0; count < 2; count += 1) {
    expect((await post(gateway.url(), call, headers)).body).toHaveProperty("result");
  }
  const refused = await post(gateway.url(), call, headers);
  expect(refused).toMatchObject({
    status: 429,
    body: {
      id: 1,
      error: { code: 4290, data: { limit: "few", retryAfterMs: expect.any(Number) } },
    },
  });
  const retryAfterMs = (refused.body as { error: { data: { retryAfterMs: number } } }).error.data
    .retryAfterMs;
  expect(Number(refused.headers.get("retry-after"))).toBe(Math.ceil(retryAfterMs / 1_000));
});

it("cancels a held call when the agent says so, and it never runs", async () => {
  const runsBefore = upstream.runs.get("write") ?? 0;
  const client = await connectClient(gateway.url(), key, "legacy");
  const controller = new AbortController();
  const call = client.callTool(
    { name: "write", arguments: { path: "/cancelled", content: "" } },
    { signal: controller.signal },
  );
  const ended = expect(call).rejects.toThrow();
  const { id } = await gateway.pendingApproval();

  controller.abort("changed my mind");

  await ended;
  await vi.waitFor(async () => {
    expect((await gateway.outcomes(1)).at(-1)).toMatchObject({
      outcome: "cancelled",
      approval: { id },
    });
  });
  expect(upstream.runs.get("write") ?? 0).toBe(runsBefore);
  await client.close();
});

function eventsIn(text: string): unknown[] {
  return [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data ?? ""));
}

function echoCall(text: string) {
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "echo", arguments: { text } },
  };
}

function policyFor({ url }: TestUpstream): PolicyInit {
  return {
    upstreams: [{ name: "fixture", url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    operations: [{ name: "talk", tools: ["fixture/echo"] }],
    rules: [
      {
        name: "reads",
        match: { tools: ["fixture/echo*", "fixture/leak", "fixture/fail"] },
        action: Action.ALLOW,
      },
      {
        name: "no-failing",
        match: { tools: ["fixture/fail"] },
        action: Action.DENY,
        reason: "It only fails.",
      },
      {
        name: "writes-need-a-human",
        match: { tools: ["fixture/write"] },
        action: Action.APPROVE,
        approval: "anyone",
      },
    ],
    approvals: [{ name: "anyone" }],
    limits: [
      {
        name: "few",
        match: { agents: ["limited-*"] },
        per: [1],
        requests: 2,
        window: { seconds: 60n },
      },
    ],
    scanning: {
      profiles: [
        {
          name: "standard",
          arguments: { schema: ScanAction.BLOCK, secrets: ScanAction.REDACT },
          results: { secrets: ScanAction.REDACT },
        },
      ],
    },
  };
}
