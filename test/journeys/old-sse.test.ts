import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { redisKeys } from "../../core/redis/keys.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { type Balancer, startRoundRobin } from "../support/round-robin.ts";

let upstream: TestUpstream;
let gateway: TestGateway;
let balancer: Balancer;
let key: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start(policyWith(), { proxies: 2 });
  balancer = await startRoundRobin(gateway.proxies.map(({ port }) => port));
  key = await gateway.createAgent("old-agent");
});
afterAll(async () => {
  await balancer?.stop();
  await gateway?.stop();
  await upstream?.stop();
});

it("serves an agent of 2024-11-05, whichever proxy its messages reach", async () => {
  const client = await connectOldClient(key);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(["echo", "write"]);
  for (let count = 0; count < 4; count += 1) {
    const result = await client.callTool({ name: "echo", arguments: { text: String(count) } });
    expect(result.content).toEqual([{ type: "text", text: `echo: ${count}` }]);
  }
  expect(balancer.connectionsTo.every((count) => count > 0)).toBe(true);
  await client.close();
});

it("holds its calls like any other's", async () => {
  const client = await connectOldClient(key);
  const writing = client.callTool({ name: "write", arguments: { path: "/a", content: "" } });
  await gateway.decide(true);
  expect((await writing).content).toEqual([{ type: "text", text: "wrote /a" }]);
  await client.close();
});

it("takes no message for the stream of another agent", async () => {
  const address = await openStream(key);
  const other = await gateway.createAgent("another-agent");
  const message = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  const status = async (authorization: string) =>
    (await fetch(address, { method: "POST", headers: { authorization }, body: message })).status;

  expect(await status(`Bearer ${other}`)).toBe(404);
  expect(await status(`Bearer ${key}`)).toBe(202);
});

it("is told at once that its stream is gone, when the proxy that held it died", async () => {
  const doomed = await gateway.spawnProxy();
  const holder = new URL(`http://127.0.0.1:${doomed.port}/mcp/sse`);
  const address = await openStream(key, holder);
  const headers = { authorization: `Bearer ${key}` };
  const body = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });
  const tell = async () => (await fetch(address, { method: "POST", headers, body })).status;
  expect(await tell()).toBe(202);

  await doomed.kill();

  expect(await tell()).toBe(404);
});

it("cancels its call, whichever proxy the cancellation reaches", async () => {
  const client = await connectOldClient(key);
  const agent = new AbortController();
  const writing = client.callTool(
    { name: "write", arguments: { path: "/cancelled", content: "" } },
    undefined,
    { signal: agent.signal },
  );
  const { id } = await gateway.pendingApproval();
  agent.abort("changed my mind");
  await expect(writing).rejects.toThrow();
  await vi.waitFor(async () => {
    expect(await gateway.redis.hget(redisKeys.approval(id), "state")).toBe("cancelled");
  });
  await client.close();
});

it("is judged by the policy of the moment, not by the one under which its stream began", async () => {
  const client = await connectOldClient(key);
  const echo = () => client.callTool({ name: "echo", arguments: { text: "now" } });
  expect((await echo()).content).toEqual([{ type: "text", text: "echo: now" }]);

  const deny = { name: "no-echo", match: { tools: ["fixture/echo"] }, action: Action.DENY };
  await gateway.push(policyWith(deny));

  await expect(echo()).rejects.toThrow("no-echo");
  await expect(echo()).rejects.toThrow("no-echo");
  await gateway.push(policyWith());
  await client.close();
});

function policyWith(...rules: NonNullable<PolicyInit["rules"]>): PolicyInit {
  return {
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [
      { name: "reads", match: { tools: ["fixture/echo"] }, action: Action.ALLOW },
      {
        name: "writes",
        match: { tools: ["fixture/write"] },
        action: Action.APPROVE,
        approval: "anyone",
      },
      ...rules,
    ],
    approvals: [{ name: "anyone" }],
  };
}

async function connectOldClient(agentKey: string): Promise<Client> {
  const headers = { authorization: `Bearer ${agentKey}` };
  const client = new Client({ name: "old", version: "1.0.0" });
  const url = new URL(`${balancer.url.href}/sse`);
  await client.connect(
    new SSEClientTransport(url, {
      requestInit: { headers },
      eventSourceInit: {
        fetch: (input, init) =>
          fetch(input, { ...init, headers: { ...init?.headers, ...headers } }),
      },
    }),
  );
  return client;
}

/** The address for messages that the stream names. */
async function openStream(
  agentKey: string,
  url = new URL(`${gateway.url().href}/sse`),
): Promise<URL> {
  const headers = { authorization: `Bearer ${agentKey}` };
  const response = await fetch(url, { headers });
  const { value } = (await response.body?.getReader().read()) ?? {};
  const path = new TextDecoder().decode(value).match(/^data: (.+)$/m)?.[1] ?? "";
  return new URL(path, gateway.url());
}
