import { afterEach, expect, it, vi } from "vitest";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { FrozenKind } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { FreezeService } from "../../proto/gen/mcpgateway/v1/freeze_service_pb.ts";
import { OperatorService, Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { freePort } from "../support/user.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const reason = "its key leaked";
const echo = call("echo", { text: "x" });

it("an agent that is frozen is refused on every proxy, until it is not any more; others go on", async () => {
  const { gateway, ann, bob } = await start();

  await freeze(gateway, FrozenKind.AGENT, "ann");

  for (const proxy of [0, 1]) await refuses(gateway, ann, proxy);
  expect(await ask(gateway, bob)).toContain("echo: x");
  await gateway.operator.call(FreezeService.method.unfreeze, {
    kind: FrozenKind.AGENT,
    name: "ann",
    reason: "a new key",
  });
  await vi.waitFor(async () => expect(await ask(gateway, ann)).toContain("echo: x"), 5_000);
});

it("who froze what and why is recorded, and so is each call that is refused for it", async () => {
  const { gateway, ann } = await start();
  await freeze(gateway, FrozenKind.EVERYTHING, "");
  await refuses(gateway, ann, 0);

  const records = await gateway.records();

  const act = records.find(({ event }) => event === "freeze.set");
  expect(act).toMatchObject({
    operator: expect.any(String),
    details: { frozen: "everything", reason },
  });
  expect(records.filter(({ event }) => event === "call.outcome").at(-1)).toMatchObject({
    outcome: "denied",
    agent: "ann",
    decision: {
      effect: "deny",
      reason: expect.stringContaining("an operator has frozen all calls"),
    },
  });
  const { freezes } = await gateway.operator.call(FreezeService.method.listFreezes, {});
  expect(freezes).toMatchObject([{ kind: FrozenKind.EVERYTHING, reason }]);
});

it("an upstream that is frozen gets nothing, also on routes that it shares with others", async () => {
  const { gateway, ann, runs } = await start();
  await freeze(gateway, FrozenKind.UPSTREAM, "fixture");
  await refuses(gateway, ann, 0);
  const before = runs();

  const merged = await ask(gateway, ann, {
    path: "/both",
    message: call("fixture__echo", { text: "x" }),
  });

  expect(merged).not.toContain("echo: x");
  expect(runs()).toBe(before);
});

it("a call that is approved while its agent is frozen does not run", async () => {
  const { gateway, ann, runs } = await start();
  const held = ask(gateway, ann, { message: call("write", { path: "a", content: "b" }) });
  await gateway.pendingApproval();
  await freeze(gateway, FrozenKind.AGENT, "ann");
  await refuses(gateway, ann, 0);
  const before = runs();

  await gateway.decide(true);
  const answer = await held;

  expect(answer).toContain("an operator has frozen this agent");
  expect(runs()).toBe(before);
});

it("a proxy that starts while no control plane answers still knows what was frozen", async () => {
  const { gateway, ann } = await start();
  await freeze(gateway, FrozenKind.AGENT, "ann");
  await refuses(gateway, ann, 1);
  const folder = gateway.folderOf("proxy-2");
  await gateway.proxies[1]?.close();

  const again = await gateway.addProxy({
    MCPGW_SNAPSHOT_DIR: folder,
    MCPGW_CONTROL_PLANE_ADDRESS: `127.0.0.1:${await freePort()}`,
  });

  const url = new URL(`http://127.0.0.1:${again.port}/mcp`);
  const { text } = await post(url, echo, { authorization: `Bearer ${ann}` });
  expect(text).toContain("an operator has frozen this agent");
});

it("takes nothing that would freeze nothing, and nobody's word who may not", async () => {
  const { gateway } = await start();
  const { method } = FreezeService;
  const { AGENT, UPSTREAM, UNSPECIFIED } = FrozenKind;
  const attempt = (kind: FrozenKind, name: string, why = reason) =>
    gateway.operator.call(method.freeze, { kind, name, reason: why });

  await expect(attempt(UPSTREAM, "fixtrue")).rejects.toThrow("the policy has no upstream fixtrue");
  await expect(attempt(AGENT, "")).rejects.toThrow("name the agent");
  await expect(attempt(UNSPECIFIED, "")).rejects.toThrow("say what");
  await expect(attempt(AGENT, "ann", " ")).rejects.toThrow("give a reason");
  await expect(
    gateway.operator.call(method.unfreeze, { kind: AGENT, name: "ann", reason }),
  ).rejects.toThrow("agent ann is not frozen");
  const { token } = await gateway.operator.call(OperatorService.method.createOperator, {
    name: "vera",
    role: Role.VIEWER,
  });
  const viewer = gateway.clientOf(token);
  closers.push(() => viewer.close());
  await expect(viewer.call(method.freeze, { kind: AGENT, name: "ann", reason })).rejects.toThrow(
    "has the role viewer",
  );
  expect((await gateway.operator.call(AgentService.method.listAgents, {})).agents).toHaveLength(2);
});

function call(name: string, args: object) {
  return { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } };
}

async function freeze(gateway: TestGateway, kind: FrozenKind, name: string): Promise<void> {
  await gateway.operator.call(FreezeService.method.freeze, { kind, name, reason });
}

async function ask(
  gateway: TestGateway,
  key: string,
  { proxy = 0, path = "/mcp", message = echo as object } = {},
): Promise<string> {
  const { text } = await post(gateway.url(proxy, path), message, {
    authorization: `Bearer ${key}`,
  });
  return text;
}

function refuses(gateway: TestGateway, key: string, proxy: number): Promise<void> {
  return vi.waitFor(
    async () => expect(await ask(gateway, key, { proxy })).toContain("an operator has frozen"),
    { timeout: 5_000, interval: 20 },
  );
}

async function start() {
  const upstream = await startUpstream();
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
    approvals: [{ name: "people" }],
    rules: [
      {
        name: "ask",
        match: { tools: ["fixture/write"] },
        action: Action.APPROVE,
        approval: "people",
      },
      { name: "tools", match: { tools: ["*/*"] }, action: Action.ALLOW },
    ],
  };
  const gateway = await TestGateway.start(policy, { proxies: 2 });
  closers.push(() => gateway.stop());
  const ann = await gateway.createAgent("ann");
  const bob = await gateway.createAgent("bob");
  const runs = () => [...upstream.runs.values()].reduce((sum, count) => sum + count, 0);
  return { gateway, ann, bob, runs };
}
