import { connect } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import type { AuditRecord } from "../../core/audit/record.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { fakeSecret, startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { connectClient, post } from "../support/mcp.ts";
import { startSessionUpstream } from "../support/session-upstream.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const routes = [
  { name: "one upstream", path: "/mcp" },
  { name: "several upstreams", path: "/both" },
];

it.each(routes)(
  "a secret that an agent writes anywhere reaches no record, on a route with $name",
  async ({ path }) => {
    const { gateway, headers } = await start();
    const url = gateway.url(0, path);
    const asked = [
      request("tools/call", { name: fakeSecret, arguments: {} }),
      request("tools/call", { name: "echo", arguments: { [fakeSecret]: 1, text: fakeSecret } }),
      request("resources/read", { uri: `https://u:${fakeSecret}@host/x?token=${fakeSecret}` }),
      request("prompts/get", { name: fakeSecret, arguments: { a: fakeSecret } }),
      request("completion/complete", {
        ref: { type: "ref/prompt", name: fakeSecret },
        argument: { name: "a", value: fakeSecret },
      }),
      request("initialize", {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: fakeSecret, version: fakeSecret },
      }),
      request(fakeSecret, { x: fakeSecret }),
      { jsonrpc: "2.0", method: `notifications/${fakeSecret}`, params: { x: fakeSecret } },
      {
        jsonrpc: "2.0",
        method: "notifications/cancelled",
        params: { requestId: 7, reason: `as ${fakeSecret} says` },
      },
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"${fakeSecret}":1,"${fakeSecret}":2}}`,
    ];
    for (const message of asked) {
      await post(url, message, { ...headers, "user-agent": fakeSecret });
    }
    await post(new URL(`/${fakeSecret}`, url), asked[0] ?? "", headers);

    const records = await gateway.records();

    expect(records.length).toBeGreaterThan(asked.length);
    expect(JSON.stringify(records)).not.toContain(fakeSecret);
    expect(JSON.stringify(records)).toMatch(/\[\[mcpgw:[\w-]+:[a-z2-7]+\]\]/);
  },
);

it.each(routes)(
  "what was asked of prompts, resources and notifications stands in the records, on a route with $name",
  async ({ path }) => {
    const { gateway, headers } = await start();
    const url = gateway.url(0, path);

    await post(url, request("prompts/get", { name: "p", arguments: { city: "Bern" } }), headers);
    await post(url, request("resources/read", { uri: "file:///a" }), headers);
    const progress = { method: "notifications/progress", params: { progressToken: 1 } };
    await post(url, { jsonrpc: "2.0", ...progress }, headers);
    const answer = { jsonrpc: "2.0", id: 7, result: {} };
    await post(url, answer, headers);

    const records = await gateway.records();
    expect(find(records, "prompts/get")).toMatchObject({
      arguments: { city: "Bern" },
      details: { prompt: "p" },
    });
    expect(find(records, "resources/read")).toMatchObject({ details: { resource: "file:///a" } });
    expect(find(records, "notifications/progress")).toMatchObject({
      arguments: { progressToken: 1 },
      requestBytes: expect.any(Number),
    });
    expect(find(records, "response")).toMatchObject({ era: "legacy" });
  },
);

it("a notification that a rule denies names the rule and the version of the policy", async () => {
  const { gateway, headers } = await start();
  const denied = { jsonrpc: "2.0", method: "notifications/denied", params: {} };

  const answer = await post(gateway.url(0), denied, headers);

  expect(answer.text).toContain("the rule no-denied denies it");
  expect(find(await gateway.records(), "notifications/denied")).toMatchObject({
    outcome: "denied",
    decision: { effect: "deny", rule: "no-denied", policyVersion: 1 },
  });
});

it("what is turned away before it is a call has a record", async () => {
  const { gateway, headers } = await start();
  const url = gateway.url(0, "/both");
  const echo = request("tools/call", { name: "echo", arguments: {} });

  await post(url, echo, { ...headers, "mcp-session-id": "none-of-ours" });
  await post(url, echo, { ...headers, "mcp-protocol-version": "1999-01-01" });
  await fetch(url, { method: "DELETE", headers });
  await leaveWhileSending(url, headers.authorization);

  await vi.waitFor(async () => {
    const records = await gateway.records();
    const reasons = records
      .filter(({ agent, error }) => agent === "ann" && error)
      .map(({ error }) => error?.message ?? "");
    expect(reasons.join("\n")).toMatch(/Session not found/);
    expect(reasons.join("\n")).toMatch(/protocol version 1999-01-01 is not supported/);
    expect(reasons.join("\n")).toMatch(/the header Mcp-Session-Id is missing/);
    expect(reasons.join("\n")).toMatch(/the agent left before its message had come/);
  }, 10_000);
});

it("what never becomes a request is counted with where it came from", async () => {
  const { gateway } = await start();
  const { port } = gateway.url(0);
  const tooLarge = `GET /mcp HTTP/1.1\r\nhost: x\r\nx-large: ${"a".repeat(20_000)}\r\n\r\n`;

  expect(await sendRaw(port, "\u0016\u0003\u0001 hello\r\n\r\n")).toContain("400 Bad Request");
  expect(await sendRaw(port, "\u0016\u0003\u0001 hello\r\n\r\n")).toContain("400 Bad Request");
  expect(await sendRaw(port, tooLarge)).toContain("431 Request Header Fields Too Large");
  // It promises headers that do not come.
  expect(await sendRaw(port, "GET /mcp HTTP/1.1\r\nhost: x\r\n")).toContain("408 Request Timeout");

  const refused = (await gateway.records()).filter(({ event }) => event === "request.refused");
  const told = refused.map(({ error, clientAddress }) => `${clientAddress} ${error?.message}`);
  expect(told.filter((it) => it.startsWith("127.0.0.1 it"))).toEqual([
    "127.0.0.1 it is no HTTP request",
    "127.0.0.1 its headers are too large",
    "127.0.0.1 it did not come in time",
  ]);
}, 30_000);

it("paths that mean nothing are one kind of refusal, however many are tried", async () => {
  const { gateway } = await start();
  for (let count = 0; count < 5; count += 1) {
    await post(new URL(`/guess-${count}`, gateway.url(0)), {});
  }

  const guesses = (await gateway.records()).filter(({ details }) => details?.["path"]);

  expect(guesses).toMatchObject([
    { event: "request.refused", details: { path: "/guess-0", count: "1" } },
  ]);
});

it.each(routes)(
  "calls of a session tell which program began it, on a route with $name",
  async ({ path }) => {
    const { gateway, key } = await start(await startSessionUpstream());
    const client = await connectClient(gateway.url(0, path), key, "legacy");
    const [tool] = (await client.listTools()).tools;
    await client.callTool({ name: tool?.name ?? "", arguments: {} }).catch(() => {});
    await client.close();

    const records = await gateway.records();

    expect(find(records, "tools/call")).toMatchObject({
      client: { name: "test-client", version: "1.0.0" },
    });
  },
);

it.each(routes)(
  "a call without a trace begins one, which goes upstream with it, on a route with $name",
  async ({ path }) => {
    const { gateway, headers, upstream } = await start();
    const list = request("tools/list", {});
    await post(gateway.url(0, path), list, { ...headers, traceparent: "00-bad" });

    const { traceId } = find(await gateway.records(), "tools/list") ?? {};

    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    const sent = upstream.received.filter(({ body }) => body.includes('"tools/list"'));
    expect(sent.at(-1)?.headers["traceparent"]).toContain(`00-${traceId}-`);
  },
);

function find(records: readonly AuditRecord[], method: string): AuditRecord | undefined {
  return records.findLast((record) => record.method === method && record.event !== "call.intent");
}

function request(method: string, params: object) {
  return { jsonrpc: "2.0", id: 1, method, params };
}

/** Gives all that came until the other side ended. */
function sendRaw(port: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let came = "";
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      came += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(came));
  });
}

async function leaveWhileSending(url: URL, authorization: string): Promise<void> {
  const socket = connect(Number(url.port), url.hostname);
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    `authorization: ${authorization}`,
    "content-type: application/json",
    "content-length: 1000",
  ];
  await new Promise<void>((resolve) =>
    socket.write(`${head.join("\r\n")}\r\n\r\n{"json`, () => resolve()),
  );
  socket.end();
}

async function start(given?: TestUpstream) {
  const upstream = given ?? (await startUpstream());
  closers.push(() => upstream.stop());
  const other = await startUpstream();
  closers.push(() => other.stop());
  const policy: PolicyInit = {
    upstreams: [
      { name: "fixture", url: upstream.url },
      { name: "other", url: other.url },
    ],
    routes: [
      { path: "/mcp", upstreams: ["fixture"] },
      { path: "/both", upstreams: ["fixture", "other"] },
    ],
    rules: [
      {
        name: "no-denied",
        match: { methods: ["*/notifications/denied"] },
        action: Action.DENY,
      },
      { name: "tools", match: { tools: ["*/*"] }, action: Action.ALLOW },
      { name: "prompts", match: { prompts: ["*/*"] }, action: Action.ALLOW },
      { name: "resources", match: { resources: ["*/*"] }, action: Action.ALLOW },
    ],
  };
  const gateway = await TestGateway.start(policy);
  closers.push(() => gateway.stop());
  const key = await gateway.createAgent("ann");
  return { gateway, upstream, key, headers: { authorization: `Bearer ${key}` } };
}
