import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redisKeys } from "../../core/redis/keys.ts";
import {
  ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { modernHeaders, modernMeta, post } from "../support/mcp.ts";
import { type ModernUpstream, startModernUpstream } from "../support/modern-upstream.ts";

const tasks = { extensions: { "io.modelcontextprotocol/tasks": {} } };

let upstream: ModernUpstream;
let sent: Record<string, unknown>[];
let result: Record<string, unknown>;
let gateway: TestGateway;
let headers: Record<string, string>;

beforeEach(async () => {
  sent = [];
  result = { content: [{ type: "text", text: "paid" }] };
  upstream = await startModernUpstream(({ method, params }) => {
    const tool = { name: "pay", description: "Pays", inputSchema: { type: "object" } };
    if (method === "tools/list") return { tools: [tool], ttlMs: 0, cacheScope: "private" };
    if (method !== "tools/call") return undefined;
    sent.push(params);
    return result;
  });
  gateway = await TestGateway.start(policyWith({ offerTasks: true }), { proxies: 2 });
  headers = { authorization: `Bearer ${await gateway.createAgent("writer")}` };
});
afterEach(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

describe("an agent that knows tasks", () => {
  it("gets a handle at once, and its call runs once when it polls after the approval, at any proxy", async () => {
    const { taskId, ...created } = await taskOf(pay());
    const waiting = await poll(1, taskId);
    await gateway.decide(true);
    const done = await Promise.all([0, 1, 0, 1].map((proxy) => poll(proxy, taskId)));
    const later = await poll(1, taskId);

    expect(created).toMatchObject({
      resultType: "task",
      status: "working",
      statusMessage: expect.stringContaining("mcpctl approve"),
      ttlMs: expect.any(Number),
      pollIntervalMs: expect.any(Number),
    });
    expect(waiting).toMatchObject({
      result: { resultType: "complete", status: "working", taskId },
    });
    expect(sent).toMatchObject([{ name: "pay", arguments: { to: "ann" } }]);
    expect(done.some((it) => statusIn(it) === "completed")).toBe(true);
    expect(later).toMatchObject({
      result: { status: "completed", result: { content: [{ text: "paid" }] } },
    });
    const acts = (await gateway.records()).filter(({ event }) => /^(call|approval)\./.test(event));
    expect(acts.map(({ event, outcome = "" }) => `${event} ${outcome}`)).toEqual([
      "approval.opened ",
      "approval.decided done",
      "call.intent ",
      "call.outcome answered",
    ]);
  });

  it("sends its call without the capability, so that the server does not answer with a task of its own", async () => {
    const { taskId } = await taskOf(pay());
    await gateway.decide(true);
    await poll(0, taskId);

    expect(JSON.stringify(sent)).toContain("clientCapabilities");
    expect(JSON.stringify(sent)).not.toContain("io.modelcontextprotocol/tasks");
  });

  it("leaves nothing readable of its call in Redis beside what people are shown", async () => {
    await taskOf(pay({ arguments: { to: "ann", note: "for the boat" } }));

    const [key = ""] = await gateway.redis.keys(redisKeys.approvalTask("*"));
    expect(key).not.toBe("");
    expect(await gateway.redis.get(key)).not.toContain("boat");
    expect(await gateway.redis.pttl(key)).toBeGreaterThan(0);
  });

  it("has the result also where the policy keeps no outcome for identical calls", async () => {
    await gateway.push(policyWith({ offerTasks: true, keepOutcomeFor: { seconds: 0n } }));
    const { taskId } = await taskOf(pay());
    await gateway.decide(true);
    await poll(0, taskId);

    expect(await poll(1, taskId)).toMatchObject({
      result: { status: "completed", result: { content: [{ text: "paid" }] } },
    });
    expect(sent).toHaveLength(1);
  });

  it("is told of a denial, with its reason", async () => {
    const { taskId } = await taskOf(pay());
    await gateway.decide(false, "not this one");

    expect(await poll(1, taskId)).toMatchObject({
      result: {
        status: "failed",
        error: { code: 4031, message: expect.stringContaining("not this one") },
      },
    });
    expect(sent).toEqual([]);
  });

  it.each(["before", "after"])(
    "cancels its task %s the decision, and nothing runs",
    async (when) => {
      const { taskId } = await taskOf(pay());
      if (when === "after") await gateway.decide(true);
      const cancelled = await ask(1, "tasks/cancel", { taskId });

      expect(cancelled).toMatchObject({ result: { resultType: "complete" } });
      expect(statusIn(await poll(0, taskId))).toBe(when === "before" ? "cancelled" : "failed");
      expect(sent).toEqual([]);
      expect(await gateway.redis.keys(redisKeys.approvalTask("*"))).toEqual([]);
    },
  );

  it("gets the failure of its tool as a result, and an error of the server as one", async () => {
    result = { isError: true, content: [{ type: "text", text: "no money" }] };
    const { taskId } = await taskOf(pay());
    await gateway.decide(true);
    const failed = await poll(0, taskId);
    result = { resultType: "input_required", inputRequests: {}, requestState: "x" };
    const { taskId: asking } = await taskOf(pay({ arguments: { to: "bob" } }));
    await gateway.decide(true);

    expect(failed).toMatchObject({ result: { status: "completed", result: { isError: true } } });
    expect(await poll(0, asking)).toMatchObject({
      result: { status: "failed", error: { message: expect.stringContaining("without tasks") } },
    });
  });

  it("sees among the server's extensions that there may be tasks", async () => {
    expect(await ask(0, "server/discover", {})).toMatchObject({
      result: { capabilities: tasks },
    });
    await gateway.push(policyWith());
    expect(await ask(0, "server/discover", {})).not.toMatchObject({
      result: { capabilities: tasks },
    });
  });

  it("runs nothing when the policy denies the call by now, or asks for no approval", async () => {
    const { taskId } = await taskOf(pay());
    await gateway.decide(true);
    await gateway.push({ ...policyWith({ offerTasks: true }), rules: [rule(Action.DENY)] });
    const denied = await poll(0, taskId);
    await gateway.push({ ...policyWith({ offerTasks: true }), rules: [rule(Action.ALLOW)] });
    const allowed = await poll(0, taskId);

    expect(denied).toMatchObject({ result: { status: "failed", error: { code: 4030 } } });
    expect(allowed).toMatchObject({ result: { status: "failed", error: { code: 4034 } } });
    expect(sent).toEqual([]);
    expect(await states()).toEqual([ApprovalState.SUPERSEDED]);
  });
});

it("a task is its agent's alone, and its id is good for nothing when it was changed", async () => {
  const { taskId } = await taskOf(pay());
  const other = { authorization: `Bearer ${await gateway.createAgent("other")}` };
  await gateway.decide(true);

  for (const answer of [
    await ask(0, "tasks/get", { taskId }, other),
    await ask(0, "tasks/get", { taskId: `${taskId.slice(0, -4)}AAAA` }),
    await ask(0, "tasks/cancel", { taskId }, other),
  ]) {
    expect(answer).toMatchObject({
      error: { code: -32_602, message: expect.stringContaining("Unknown task") },
    });
  }
  expect(sent).toEqual([]);
});

it("agents that do not declare tasks, and policies that do not offer them, wait as ever", async () => {
  const undeclared = await call(0, pay({ _meta: modernMeta() }));
  await gateway.push(policyWith());
  const unoffered = await call(0, pay({ arguments: { to: "bob" } }));

  for (const answer of [undeclared, unoffered]) {
    expect(answer).toMatchObject({ result: { resultType: "input_required" } });
  }
});

interface Created {
  readonly taskId: string;
}

async function taskOf(message: object): Promise<Created> {
  return ((await call(0, message)) as { result: Created }).result;
}

function statusIn(answer: unknown): string | undefined {
  return (answer as { result?: { status?: string } }).result?.status;
}

function poll(proxy: number, taskId: string): Promise<unknown> {
  return ask(proxy, "tasks/get", { taskId });
}

let lastId = 0;

function pay(params: object = {}) {
  lastId += 1;
  const asked = { name: "pay", arguments: { to: "ann" }, _meta: modernMeta(tasks), ...params };
  return { jsonrpc: "2.0", id: lastId, method: "tools/call", params: asked };
}

async function ask(proxy: number, method: string, params: { taskId?: string }, as = headers) {
  lastId += 1;
  const asked = { ...params, _meta: modernMeta(tasks) };
  const message = { jsonrpc: "2.0", id: lastId, method, params: asked };
  const all = { ...as, ...modernHeaders(method, params.taskId) };
  return (await post(gateway.url(proxy), message, all)).body;
}

async function call(proxy: number, message: object): Promise<unknown> {
  const all = { ...headers, ...modernHeaders("tools/call", "pay") };
  return (await post(gateway.url(proxy), message, all)).body;
}

async function states(): Promise<ApprovalState[]> {
  const { approvals } = await gateway.operator.call(ApprovalService.method.listApprovals, {});
  return approvals.map(({ state }) => state);
}

function rule(action: Action) {
  return { name: "now", match: { tools: ["*/*"] }, action };
}

function policyWith(
  approval: Partial<NonNullable<PolicyInit["approvals"]>[number]> = {},
): PolicyInit {
  return {
    upstreams: [{ name: "bank", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["bank"] }],
    rules: [{ ...rule(Action.APPROVE), name: "ask", approval: "anyone" }],
    approvals: [{ name: "anyone", holdFor: { seconds: 1n }, ...approval } as never],
  };
}
