import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { modernHeaders, modernMeta, post } from "../support/mcp.ts";
import { type ModernUpstream, startModernUpstream } from "../support/modern-upstream.ts";

const freezing = new URL("../support/freeze-after-claim.ts", import.meta.url).href;
let upstream: ModernUpstream;
let gateway: TestGateway;
let headers: Record<string, string>;
let runs: number;
/** What the upstream waits for before it answers a call. */
let answering: Promise<unknown>;

beforeEach(async () => {
  runs = 0;
  answering = Promise.resolve();
  upstream = await startModernUpstream(async ({ method }) => {
    const tools = [{ name: "pay", inputSchema: { type: "object" } }];
    if (method === "tools/list") return { tools, ttlMs: 0, cacheScope: "private" };
    if (method !== "tools/call") return undefined;
    runs += 1;
    await answering;
    return { content: [{ type: "text", text: "paid" }] };
  });
});
afterEach(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

it("a proxy that is killed while it holds: the decision stays, and the agent's retry runs the call once", async () => {
  await start();
  const doomed = await gateway.spawnProxy();
  const lost = pay(doomed.port).catch(() => "lost");
  await gateway.pendingApproval();

  await doomed.kill();
  await gateway.decide(true);

  expect(await lost).toBe("lost");
  expect(await pay()).toMatchObject(paid);
  expect(await pay()).toMatchObject(paid);
  expect(runs).toBe(1);
});

it("a proxy that is killed while it executes: how it ended is not known, and nothing runs again", async () => {
  await start();
  const doomed = await gateway.spawnProxy();
  answering = new Promise(() => {});
  const lost = pay(doomed.port).catch(() => "lost");
  await gateway.decide(true);
  await vi.waitFor(() => expect(runs).toBe(1), { timeout: 10_000 });

  await doomed.kill();
  answering = Promise.resolve();
  expect(await lost).toBe("lost");

  expect(await pay()).toMatchObject({
    result: { isError: true, content: [{ text: expect.stringContaining("not known") }] },
  });
  expect(await stateOfOnly()).toBe(ApprovalState.INDETERMINATE);
  expect(runs).toBe(1);
}, 120_000);

it("a proxy that freezes for 20 s while it executes: the agent's retry elsewhere gets the result", async () => {
  await start();
  const frozen = await gateway.spawnProxy();
  let answer = () => {};
  answering = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const first = pay(frozen.port);
  await gateway.decide(true);
  await vi.waitFor(() => expect(runs).toBe(1), { timeout: 10_000 });

  frozen.signal("SIGSTOP");
  answer();
  const retry = pay();
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  frozen.signal("SIGCONT");

  expect(await retry).toMatchObject(paid);
  expect(await first).toMatchObject(paid);
  expect(await stateOfOnly()).toBe(ApprovalState.SUCCEEDED);
  expect(runs).toBe(1);
}, 120_000);

it.each([
  { seconds: 20, runsOnce: true },
  { seconds: 45, runsOnce: false },
])(
  "a proxy that freezes for $seconds s between its claim and the call's first byte never runs what others gave up",
  async ({ seconds, runsOnce }) => {
    await start();
    const frozen = await gateway.spawnProxy({ NODE_OPTIONS: `--import=${freezing}` });
    const first = pay(frozen.port);
    await gateway.decide(true);
    await vi.waitFor(async () => expect(await stateOfOnly()).toBe(ApprovalState.EXECUTING), {
      timeout: 10_000,
    });

    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    expect(runs).toBe(0);
    expect(await stateOfOnly()).toBe(
      runsOnce ? ApprovalState.EXECUTING : ApprovalState.INDETERMINATE,
    );
    frozen.signal("SIGCONT");

    const answer = await first;
    if (runsOnce) expect(answer).toMatchObject(paid);
    else
      expect(answer).toMatchObject({
        error: { message: expect.stringContaining("lost the right") },
      });
    expect(runs).toBe(runsOnce ? 1 : 0);
  },
  120_000,
);

const paid = { result: { content: [{ text: "paid" }] } };

async function start(): Promise<void> {
  gateway = await TestGateway.start(policy());
  headers = { authorization: `Bearer ${await gateway.createAgent("writer")}` };
}

async function pay(port?: number): Promise<unknown> {
  const url = port === undefined ? gateway.url() : new URL(`http://127.0.0.1:${port}/mcp`);
  const params = { name: "pay", arguments: { to: "ann" }, _meta: modernMeta() };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
  const all = { ...headers, ...modernHeaders("tools/call", "pay") };
  return (await post(url, message, all)).body;
}

async function stateOfOnly(): Promise<ApprovalState | undefined> {
  const { approvals } = await gateway.operator.call(ApprovalService.method.listApprovals, {});
  expect(approvals).toHaveLength(1);
  return approvals[0]?.state;
}

function policy(): PolicyInit {
  return {
    upstreams: [{ name: "bank", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["bank"] }],
    rules: [{ name: "ask", match: { tools: ["*/*"] }, action: Action.APPROVE, approval: "anyone" }],
    approvals: [{ name: "anyone", holdFor: { seconds: 60n } }],
  };
}
