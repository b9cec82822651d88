import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { modernHeaders, modernMeta } from "../support/mcp.ts";

let lifecycle = new Lifecycle();
let gateway: TestGateway;
let upstream: TestUpstream;
let openAtUpstream = 0;

beforeEach(async () => {
  openAtUpstream = 0;
  upstream = await startRawUpstream((request, response) => {
    openAtUpstream += 1;
    request.socket.once("close", () => {
      openAtUpstream -= 1;
    });
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  });
  lifecycle.use("upstream", upstream, (it) => it.stop());
  gateway = lifecycle.use("gateway", await TestGateway.start(policyWith()), (it) => it.stop());
});
afterEach(async () => {
  await lifecycle.close();
  lifecycle = new Lifecycle();
});

const kinds = ["GET", "subscriptions/listen"] as const;

it.each(kinds)("tell an agent that it may see other tools than before (%s)", async (kind) => {
  const stream = await openStream(await gateway.createAgent("agent-1"), kind);
  const deny = { name: "no-echo", match: { tools: ["fixture/echo"] }, action: Action.DENY };

  await gateway.push(policyWith(deny));

  await vi.waitFor(() => expect(stream.text()).toContain("notifications/tools/list_changed"));
  const names = '"_meta":{"io.modelcontextprotocol/subscriptionId":"listen-1"}';
  expect(stream.text().includes(names)).toBe(kind === "subscriptions/listen");
  expect(stream.hasEnded()).toBe(false);
});

describe.each(kinds)("%s", (kind) => {
  it.each([
    {
      when: "its key is revoked",
      happens: () => gateway.operator.call(AgentService.method.revokeAgent, { id: "agent-1" }),
    },
    {
      when: "a rule denies it everything",
      happens: () =>
        gateway.push(
          policyWith({ name: "out", match: { agents: ["agent-1"] }, action: Action.DENY }),
        ),
    },
    {
      when: "its route is gone",
      happens: () => gateway.push({ ...policyWith(), routes: [] }),
    },
  ])("ends when $when, on both sides", async ({ happens }) => {
    const stream = await openStream(await gateway.createAgent("agent-1"), kind);
    expect(openAtUpstream).toBe(1);

    await happens();

    await vi.waitFor(() => expect(stream.hasEnded()).toBe(true));
    await vi.waitFor(() => expect(openAtUpstream).toBe(0));
  });

  it("is bounded for each agent", async () => {
    const key = await gateway.createAgent("agent-1");
    for (let count = 0; count < 64; count += 1) await openStream(key, kind);
    const response = await getStream(key, kind);
    expect(response.status).toBe(429);
  });
});

async function getStream(key: string, kind: (typeof kinds)[number]): Promise<Response> {
  const controller = new AbortController();
  lifecycle.use("stream", controller, (it) => it.abort());
  const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
  const { signal } = controller;
  if (kind === "GET") return await fetch(gateway.url(), { headers, signal });
  const params = { _meta: modernMeta(), notifications: { toolsListChanged: true } };
  return await fetch(gateway.url(), {
    method: "POST",
    headers: { ...headers, ...modernHeaders(kind), "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: "listen-1", method: kind, params }),
    signal,
  });
}

async function openStream(key: string, kind: (typeof kinds)[number]) {
  const response = await getStream(key, kind);
  expect(response.status).toBe(200);
  let text = "";
  let ended = false;
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk);
  };
  read()
    .catch(() => {})
    .finally(() => {
      ended = true;
    });
  return { text: () => text, hasEnded: () => ended };
}

function policyWith(...rules: NonNullable<PolicyInit["rules"]>): PolicyInit {
  return {
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [{ name: "all", match: { tools: ["fixture/*"] }, action: Action.ALLOW }, ...rules],
  };
}
