import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import {
  ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

let upstream: TestUpstream;
let gateway: TestGateway;
let headers: Record<string, string>;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream?.stop());
beforeEach(async () => {
  gateway = await TestGateway.start(policyWith({ quorum: 1 }), { proxies: 2 });
  headers = { authorization: `Bearer ${await gateway.createAgent("writer")}` };
});
afterEach(() => gateway?.stop());

describe("an approval is for exactly the call that was shown", () => {
  it.each([
    { other: "arguments", params: { arguments: { path: "/a", content: "other" } } },
    { other: "a parameter beside them", params: { task: { ttl: 1 } } },
  ])("and not for one with another $other", async ({ params }) => {
    const runs = runsOfWrite();
    await held(write());
    await gateway.decide(true);

    const changed = post(gateway.url(1), write(params), headers);
    const asked = await gateway.pendingApproval();
    await deny(asked);

    expect((await changed).body).toMatchObject({ error: { code: 4031 } });
    expect(runsOfWrite()).toBe(runs);
  });

  it("and not for another agent", async () => {
    const runs = runsOfWrite();
    await held(write());
    await gateway.decide(true);
    const other = { authorization: `Bearer ${await gateway.createAgent("other")}` };

    const call = post(gateway.url(0), write(), other);
    await deny(await gateway.pendingApproval());

    expect((await call).body).toMatchObject({ error: { code: 4031 } });
    expect(runsOfWrite()).toBe(runs);
  });
});

describe("an approved call does not run", () => {
  it("when the agent's key was revoked while people thought", async () => {
    const runs = runsOfWrite();
    const call = post(gateway.url(0), write({ longer: true }), headers);
    await gateway.pendingApproval();
    await gateway.operator.call(AgentService.method.revokeAgent, { id: "writer" });
    await vi.waitFor(async () => {
      expect(
        (await post(gateway.url(0), { jsonrpc: "2.0", id: 1, method: "ping" }, headers)).status,
      ).toBe(401);
    });
    await gateway.decide(true);

    expect((await call).body).toMatchObject({
      error: { code: 4030, message: expect.stringContaining("revoked") },
    });
    expect(runsOfWrite()).toBe(runs);
  });

  it("when the policy asks for more people by now", async () => {
    const runs = runsOfWrite();
    const call = post(gateway.url(0), write(), headers);
    await gateway.pendingApproval();
    await gateway.push(policyWith({ quorum: 2 }));
    // Who holds the call may have noticed before: then there is nothing to approve any more.
    const decision = gateway.decide(true).catch(() => undefined);

    expect((await call).body).toMatchObject({
      error: { message: expect.stringContaining("asks for another approval") },
    });
    await decision;
    expect(runsOfWrite()).toBe(runs);
  });

  it("when nobody is there any more, until the agent asks again", async () => {
    const runs = runsOfWrite();
    const controller = new AbortController();
    const gone = fetch(gateway.url(0), {
      method: "POST",
      headers: {
        ...headers,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify(write()),
      signal: controller.signal,
    });
    await gateway.pendingApproval();
    await (await gone).body?.cancel();
    controller.abort();
    await vi.waitFor(async () => {
      expect((await gateway.pendingApproval()).waits).toBe(1);
    });
    const id = await gateway.decide(true);
    expect(runsOfWrite()).toBe(runs);

    const again = await post(gateway.url(1), write(), headers);

    expect(again.body).toMatchObject({ result: { content: [{ text: "wrote /a" }] } });
    expect(runsOfWrite()).toBe(runs + 1);
    const { approvals } = await gateway.operator.call(ApprovalService.method.listApprovals, {});
    expect(approvals).toMatchObject([{ id, state: ApprovalState.SUCCEEDED }]);
  });
});

it("a proxy that stops tells what waits to come again, which is no call of its own", async () => {
  const waiting = post(gateway.url(0), write(), headers);
  const { id } = await gateway.pendingApproval();

  await gateway.proxies[0]?.close();

  expect((await waiting).body).toMatchObject({
    result: { isError: true, _meta: { "mcpgateway/approval": { id, state: "pending" } } },
  });
  const records = await gateway.records();
  const ofCall = records.filter(({ approval }) => approval?.id === id);
  expect(ofCall.map(({ event }) => event)).toEqual(["approval.opened"]);
  expect((await gateway.pendingApproval()).waits).toBe(1);
});

/** Lets a call be held until its leg is over. */
async function held(call: object): Promise<void> {
  expect((await post(gateway.url(0), call, headers)).body).toMatchObject({
    result: { isError: true },
  });
}

async function deny({ id, digest }: { id: string; digest: string }): Promise<void> {
  await gateway.operator.call(ApprovalService.method.decideApproval, {
    id,
    digest,
    approve: false,
    reason: "no",
  });
}

function runsOfWrite(): number {
  return upstream.runs.get("write") ?? 0;
}

function write(params: object = {}) {
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "write", arguments: { path: "/a", content: "b" }, ...params },
  };
}

function policyWith({ quorum }: { quorum: number }): PolicyInit {
  return {
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [
      {
        name: "writes",
        match: { tools: ["fixture/write"] },
        action: Action.APPROVE,
        approval: "anyone",
      },
    ],
    approvals: [{ name: "anyone", quorum, holdFor: { seconds: 2n } }],
  };
}
