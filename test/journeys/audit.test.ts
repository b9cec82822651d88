import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, it, vi } from "vitest";
import { ChainVerifier } from "../../core/audit/verify/chain-verifier.ts";
import { type AuditRecord, AuditService } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const echo = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: {
    name: "echo",
    arguments: { text: "x" },
    _meta: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
  },
};

it("what proxies and the control plane record verifies with the keys that the control plane knows, also over a proxy's end and new start", async () => {
  const gateway = await start();
  const key = await gateway.createAgent("ann");
  await call(gateway, key, 0);
  await call(gateway, key, 1);
  const [proxy] = gateway.proxies;
  await proxy?.close();
  await gateway.records();

  const { problems, chains, records } = await verify(gateway);

  expect(problems).toEqual([]);
  expect(records).toBeGreaterThan(6);
  const ended = chains.filter(({ hasEnded }) => hasEnded).map(({ producer }) => producer);
  expect(ended).toEqual(["proxy-1"]);
  expect(chains.map(({ producer }) => producer).sort()).toEqual(["proxy-1", "proxy-2", "test"]);
});

it("a record says who called with which program and in which trace", async () => {
  const gateway = await start();
  await call(gateway, await gateway.createAgent("ann", ["data"]), 0);

  const [outcome] = await gateway.outcomes(1);
  expect(outcome).toMatchObject({
    agent: "ann",
    groups: ["data"],
    login: { method: "api-key", key: expect.stringContaining("mcpgw_agent") },
    client: { userAgent: expect.any(String) },
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    parentSpanId: "00f067aa0ba902b7",
  });
});

it("a call whose proxy died is found as an orphan, and one that ended is not", async () => {
  const gateway = await start(await startHanging());
  const key = await gateway.createAgent("ann");
  const list = { jsonrpc: "2.0", id: 1, method: "resources/read", params: { uri: "file:///a" } };
  await post(gateway.url(0), list, { authorization: `Bearer ${key}` });
  const proxy = await gateway.spawnProxy();
  const url = new URL(`http://127.0.0.1:${proxy.port}/mcp`);
  const headers = { authorization: `Bearer ${key}` };
  const slow = { ...echo, params: { name: "hang", arguments: {} } };
  const dying = post(url, slow, headers).catch(() => {});
  await vi.waitFor(async () => expect(await orphans(gateway)).toHaveLength(1), 10_000);

  await proxy.kill();
  await dying;

  expect(await orphans(gateway)).toMatchObject([
    { event: "call.intent", agent: "ann", tool: "hang" },
  ]);
});

/** A server that lists a tool and never answers calls of it. */
async function startHanging(): Promise<string> {
  const server = createServer(async (request, response) => {
    const { id, method } = JSON.parse(await text(request));
    if (method === "tools/call") return;
    const tools = [{ name: "hang", inputSchema: { type: "object" } }];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result: { tools } }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

async function start(url?: string): Promise<TestGateway> {
  const upstream = await startUpstream();
  closers.push(() => upstream.stop());
  const policy: PolicyInit = {
    upstreams: [{ name: "fixture", url: url ?? upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [{ name: "all", match: { tools: ["fixture/*"] }, action: Action.ALLOW }],
  };
  const gateway = await TestGateway.start(policy, { proxies: 2 });
  closers.push(() => gateway.stop());
  return gateway;
}

async function call(gateway: TestGateway, key: string, proxy: number): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  expect(await post(gateway.url(proxy), echo, headers)).toMatchObject({ status: 200 });
}

async function verify(gateway: TestGateway) {
  const { keys } = await gateway.operator.call(AuditService.method.listAuditKeys, {});
  const verifier = new ChainVerifier({ trustedKeys: keys.map(({ publicKey }) => publicKey) });
  const signal = new AbortController().signal;
  for await (const { lines } of gateway.operator.read(
    AuditService.method.exportAudit,
    {},
    signal,
  )) {
    for (const { entry, json } of lines) verifier.take(json, entry);
  }
  return verifier.end();
}

async function orphans(gateway: TestGateway): Promise<AuditRecord[]> {
  const found: AuditRecord[] = [];
  const request = { olderThanSeconds: 0 };
  const signal = new AbortController().signal;
  for await (const { intent } of gateway.operator.read(
    AuditService.method.findOrphans,
    request,
    signal,
  )) {
    if (intent) found.push(intent);
  }
  return found;
}
