import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import { startProxy } from "../../data-plane/proxy.ts";
import { readSettings } from "../../data-plane/settings.ts";
import { Action, WhenUnwritable } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

let lifecycle = new Lifecycle();
afterEach(async () => {
  await lifecycle.close();
  lifecycle = new Lifecycle();
});

const echo = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text: "x" } },
};

describe("without a control plane", () => {
  it("a proxy that was never told a policy lives, is not ready, and says what is missing", async () => {
    const proxy = await startLoneProxy();
    const at = (path: string) => `http://127.0.0.1:${proxy.port}${path}`;

    expect((await fetch(at("/livez"))).status).toBe(200);
    expect((await fetch(at("/readyz"))).status).toBe(503);
    expect(await post(new URL(at("/mcp")), echo)).toMatchObject({
      status: 503,
      body: { error: { code: 5030, message: expect.stringContaining("no policy yet") } },
    });
  });

  it("a proxy serves the policy and knows the agents that it saved", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mcpgw-test-"));
    lifecycle.use("folder", folder, (it) => rmSync(it, { recursive: true }));
    const upstream = await startedUpstream();
    const gateway = await TestGateway.start(policyFor(upstream), { proxies: 0 });
    await gateway.addProxy({ MCPGW_SNAPSHOT_DIR: folder });
    const key = await gateway.createAgent("agent-1");
    await gateway.stop();

    const proxy = await startLoneProxy({
      MCPGW_SNAPSHOT_DIR: folder,
      MCPGW_JOIN_TOKEN: gateway.joinToken,
    });

    expect((await fetch(`http://127.0.0.1:${proxy.port}/readyz`)).status).toBe(200);
    const url = new URL(`http://127.0.0.1:${proxy.port}/mcp`);
    const answered = await post(url, echo, { authorization: `Bearer ${key}` });
    // Redis is away too: the default is not to execute what cannot be recorded.
    expect(answered.body).toMatchObject({ error: { code: 5030 } });
    expect((await post(url, echo)).status).toBe(401);
  });
});

describe("without Redis", () => {
  it("nothing is executed that cannot be recorded", async () => {
    const upstream = await startedUpstream();
    const { gateway, headers } = await startedGateway(policyFor(upstream));
    await gateway.stopRedis();

    const refused = await post(gateway.url(), echo, headers);

    expect(refused).toMatchObject({
      status: 503,
      body: { error: { code: 5030, message: expect.stringContaining("audit record") } },
    });
    expect(upstream.runs.get("echo")).toBeUndefined();
  });

  it("calls go on where the policy allows unrecorded ones", async () => {
    const upstream = await startedUpstream();
    const { gateway, headers } = await startedGateway({
      ...policyFor(upstream),
      audit: { whenUnwritable: WhenUnwritable.ALLOW },
    });
    await gateway.stopRedis();

    const answered = await post(gateway.url(), echo, headers);

    expect(answered.body).toMatchObject({ result: { content: [{ text: "echo: x" }] } });
  });

  it("what must be counted or approved is refused, and says so", async () => {
    const upstream = await startedUpstream();
    const approving = { name: "w", match: { tools: ["fixture/write"] }, action: Action.APPROVE };
    const { gateway, headers } = await startedGateway({
      ...policyFor(upstream),
      rules: [
        { name: "all", match: { tools: ["fixture/echo"] }, action: Action.ALLOW },
        { ...approving, approval: "anyone" },
      ],
      approvals: [{ name: "anyone" }],
      limits: [
        { name: "few", match: { tools: ["fixture/echo"] }, requests: 5, window: { seconds: 60n } },
      ],
    });
    await gateway.stopRedis();

    const limited = await post(gateway.url(), echo, headers);
    const write = { name: "write", arguments: { path: "a", content: "b" } };
    const held = await post(gateway.url(), { ...echo, params: write }, headers);

    expect(limited).toMatchObject({ status: 429, body: { error: { data: { limit: "few" } } } });
    expect(held).toMatchObject({
      status: 503,
      body: { error: { message: expect.stringContaining("approvals cannot be recorded") } },
    });
    expect(upstream.runs.size).toBe(0);
  });
});

async function startLoneProxy(env: Record<string, string> = {}) {
  const settings = readSettings({
    MCPGW_JOIN_TOKEN: "a-join-token",
    MCPGW_CONTROL_PLANE_ADDRESS: "127.0.0.1:1",
    MCPGW_REDIS_URL: "redis://127.0.0.1:1",
    MCPGW_PORT: "0",
    ...env,
  });
  const proxy = await startProxy({ settings, env: {}, log: createLog("test", "silent") });
  lifecycle.use("proxy", proxy, (it) => it.close());
  return proxy;
}

async function startedUpstream(): Promise<TestUpstream> {
  return lifecycle.use("upstream", await startUpstream(), (it) => it.stop());
}

async function startedGateway(policy: PolicyInit) {
  const gateway = lifecycle.use("gateway", await TestGateway.start(policy), (it) => it.stop());
  const headers = { authorization: `Bearer ${await gateway.createAgent("agent-1")}` };
  // The tools are known before Redis goes: what is tested is Redis.
  await vi.waitFor(async () => {
    const { body } = await post(gateway.url(), { ...echo, method: "tools/list" }, headers);
    expect(body).toHaveProperty("result");
  });
  return { gateway, headers };
}

function policyFor({ url }: TestUpstream): PolicyInit {
  return {
    upstreams: [{ name: "fixture", url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
  };
}
