import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { ApprovalService } from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { fakeSecret, startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";

let upstream: TestUpstream;
let receiver: WebhookReceiver;
let gateway: TestGateway;
let headers: Record<string, string>;

beforeAll(async () => {
  upstream = await startUpstream();
  receiver = await WebhookReceiver.start();
  const hook = {
    name: "hook",
    webhook: { url: { source: { case: "fromEnv" as const, value: "HOOK" } } },
    gatherFor: { nanos: 500_000_000 },
  };
  const policy = {
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [
      {
        name: "writes",
        match: { tools: ["fixture/write"] },
        action: Action.APPROVE,
        reason: "writing needs a human",
        approval: "anyone",
      },
    ],
    scanning: { profiles: [{ name: "log", arguments: { secrets: ScanAction.LOG } }] },
    notifiers: [hook],
    approvals: [{ name: "anyone", notify: ["hook"], holdFor: { seconds: 20n } }],
  };
  gateway = await TestGateway.start(policy, { proxies: 2, env: { HOOK: receiver.url } });
  headers = { authorization: `Bearer ${await gateway.createAgent("writer")}` };
});
beforeEach(() => {
  receiver.posts.length = 0;
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
  await receiver?.stop();
});

it("tells people of a held call without its secrets, and what they were told of is what they decide", async () => {
  const call = post(gateway.url(0), write(`token ${fakeSecret}`), headers);

  const [message] = await receiver.received(1);

  const [told] = JSON.parse(message?.body ?? "").data.approvals;
  expect(told).toMatchObject({ agent: "writer", tool: "fixture/write", rule: "writes" });
  expect(told.reason).toBe("writing needs a human");
  expect(told.findings[0]).toMatch(/^secrets\.\S+ at \/content \(logged\)$/);
  expect(message?.body).not.toContain(fakeSecret);
  const { id, digest } = told;
  const decision = { id, approve: true, reason: "", digest: digest.replace(/^./, "x") };
  const decide = gateway.operator.call(ApprovalService.method.decideApproval, decision);
  await expect(decide).rejects.toThrow("look at it again");
  await gateway.operator.call(ApprovalService.method.decideApproval, { ...decision, digest });
  expect((await call).body).toMatchObject({ result: { content: [{ type: "text" }] } });
});

it("tells of a storm over several proxies once", async () => {
  const calls = Array.from({ length: 12 }, (_, index) =>
    post(gateway.url(index % 2), write(`text ${index}`), headers),
  );

  const [message] = await receiver.received(1);
  const { data } = JSON.parse(message?.body ?? "");
  await vi.waitFor(async () => {
    const records = await gateway.records();
    const told = records.filter(({ event }) => event === "notice.sent").slice(1);
    const count = told.reduce((sum, { details }) => sum + Number(details?.["count"]), 0);
    expect(count).toBe(12);
  });

  expect(data.count).toBeGreaterThan(1);
  expect(receiver.posts.length).toBeLessThanOrEqual(3);
  for (let left = calls.length; left > 0; left -= 1) {
    await gateway.decide(false);
    await vi.waitFor(async () => {
      const pending = await gateway.operator.call(ApprovalService.method.listApprovals, {
        state: 1,
      });
      expect(pending.approvals).toHaveLength(left - 1);
    });
  }
  await Promise.all(calls);
});

function write(content: string) {
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "write", arguments: { path: "/a", content } },
  };
}
