import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { modernHeaders, modernMeta, post } from "../support/mcp.ts";
import { type ModernUpstream, startModernUpstream } from "../support/modern-upstream.ts";
import { startRedisSentinel } from "../support/redis-topologies.ts";

const payees = Array.from({ length: 10 }, (_, index) => `payee ${index}`);
let upstream: ModernUpstream;
let gateway: TestGateway;
let runs: Map<string, number>;

beforeEach(async () => {
  runs = new Map();
  upstream = await startModernUpstream(async ({ method, params }) => {
    const tools = [{ name: "pay", inputSchema: { type: "object" } }];
    if (method === "tools/list") return { tools, ttlMs: 0, cacheScope: "private" };
    if (method !== "tools/call") return undefined;
    const { to } = params["arguments"] as { to: string };
    runs.set(to, (runs.get(to) ?? 0) + 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { content: [{ type: "text", text: "paid" }] };
  });
});
afterEach(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

it("Redis fails over while approved calls run: none runs twice, and every agent gets its result", async () => {
  const redis = await startRedisSentinel();
  gateway = await TestGateway.start(policy(), { redis });
  const pay = await payer();
  const first = payees.map((to) => pay(to).catch(() => undefined));
  await vi.waitFor(async () => expect(await pending()).toHaveLength(payees.length), {
    timeout: 10_000,
  });
  await approveAll();
  await vi.waitFor(() => expect(runs.size).toBe(payees.length), { timeout: 10_000 });

  await redis.servers[0]?.kill();
  await Promise.all(first);

  for (const to of payees) {
    const isPaid = async () => expect(await pay(to)).toMatchObject(paid);
    await vi.waitFor(isPaid, { timeout: 60_000, interval: 500 });
  }
  expect([...runs.values()]).toEqual(payees.map(() => 1));
}, 180_000);

it.each(["dies", "freezes"])(
  "the primary %s right after decisions were acknowledged: none of them is lost",
  async (how) => {
    const redis = await startRedisSentinel();
    const careful = { MCPGW_APPROVAL_REPLICAS: "1" };
    gateway = await TestGateway.start(policy(), { redis, controlPlane: careful, proxies: 0 });
    await gateway.addProxy(careful);
    await gateway.push(policy());
    const pay = await payer();
    const first = payees.map((to) => pay(to).catch(() => undefined));
    await vi.waitFor(async () => expect(await pending()).toHaveLength(payees.length), {
      timeout: 10_000,
    });

    await approveAll();
    if (how === "dies") await redis.servers[0]?.kill();
    else redis.servers[0]?.freeze();
    await Promise.all(first);

    for (const to of payees) {
      const isPaid = async () => expect(await pay(to)).toMatchObject(paid);
      await vi.waitFor(isPaid, { timeout: 60_000, interval: 500 });
    }
    expect([...runs.values()]).toEqual(payees.map(() => 1));
  },
  180_000,
);

const paid = { result: { content: [{ text: "paid" }] } };

async function payer() {
  const headers = { authorization: `Bearer ${await gateway.createAgent("writer")}` };
  return async (to: string) => {
    const params = { name: "pay", arguments: { to }, _meta: modernMeta() };
    const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    const all = { ...headers, ...modernHeaders("tools/call", "pay") };
    return (await post(gateway.url(), message, all)).body;
  };
}

async function pending() {
  const asked = { state: ApprovalState.PENDING };
  return (await gateway.operator.call(ApprovalService.method.listApprovals, asked)).approvals;
}

async function approveAll(): Promise<void> {
  for (const { id, digest } of await pending()) {
    const decision = { id, digest, approve: true };
    await gateway.operator.call(ApprovalService.method.decideApproval, decision);
  }
}

function policy(): PolicyInit {
  return {
    upstreams: [{ name: "bank", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["bank"] }],
    rules: [{ name: "ask", match: { tools: ["*/*"] }, action: Action.APPROVE, approval: "anyone" }],
    approvals: [{ name: "anyone", holdFor: { seconds: 30n } }],
  };
}
