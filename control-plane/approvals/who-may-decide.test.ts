import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { NewApproval } from "../../core/approvals/approval-record.ts";
import { ApprovalStore } from "../../core/approvals/approval-store.ts";
import type { GrpcClient } from "../../core/grpc/client.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import {
  ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { OperatorService, Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { openApproval } from "../../test/support/approvals.ts";
import { TestGateway } from "../../test/support/gateway.ts";
import { WebhookReceiver } from "../../test/support/webhook-receiver.ts";

let receiver: WebhookReceiver;
let gateway: TestGateway;
let approvals: ApprovalStore;
const clients: GrpcClient[] = [];
/** Operators by name, each with a connection of their own. */
const as: Record<string, GrpcClient> = {};

const minutes = (count: number) => ({ seconds: BigInt(count * 60) });

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  gateway = await TestGateway.start(
    {
      notifiers: [
        {
          name: "hook",
          webhook: { url: { source: { case: "fromEnv", value: "HOOK" } } },
          gatherFor: { nanos: 10_000_000 },
        },
      ],
      approvals: [
        {
          name: "dba",
          approvers: { groups: ["dba"] },
          quorum: 2,
          denials: 2,
          notify: ["hook"],
          escalate: { after: { seconds: 1n }, approvers: { groups: ["sre"] } },
          breakGlass: { groups: ["incident"] },
        },
        {
          name: "late",
          approvers: { groups: ["dba"] },
          escalate: { after: minutes(10), approvers: { groups: ["sre"] } },
        },
      ],
    },
    { proxies: 0, env: { HOOK: receiver.url } },
  );
  approvals = new ApprovalStore(gateway.redis);
  await join("olga", ["dba"]);
  await join("paul", ["dba"]);
  await join("rosa", ["sre"]);
  await join("carol", ["dba", "incident"]);
  await join("Quinn", ["dba"]);
});
beforeEach(() => {
  receiver.posts.length = 0;
});
afterEach(async () => {
  for (const { id } of await approvals.list({ limit: 1_000 })) {
    await approvals.cancel(id, { by: "test", reason: "over" });
  }
});
afterAll(async () => {
  for (const client of clients) client.close();
  await gateway.stop();
  await receiver.stop();
});

describe("the requester never counts", () => {
  it("under the agent's own name, whatever its case", async () => {
    const held = await hold({ agent: "quinn" });

    await expect(decide("Quinn", held)).rejects.toThrow("the agent that asks has the same name");
  });

  it("nor does the human whose agent it is, not even by breaking the glass", async () => {
    await gateway.operator.call(AgentService.method.createAgent, { id: "bot", owner: "Carol" });
    const held = await hold({ agent: "bot" });

    await expect(decide("carol", held)).rejects.toThrow("bot is carol's own agent");
    const alone = { breakGlass: true, reason: "urgent" };
    await expect(decide("carol", held, alone)).rejects.toThrow("bot is carol's own agent");
    await expect(decide("olga", held)).resolves.toBeDefined();
  });

  it("and an owner cannot be exchanged with a further key", async () => {
    await gateway.operator.call(AgentService.method.createAgent, { id: "bot-2", owner: "carol" });

    const other = { id: "bot-2", owner: "paul" };
    const further = gateway.operator.call(AgentService.method.createAgent, other);

    await expect(further).rejects.toThrow("exists with the owner carol");
  });
});

describe("a quorum", () => {
  it("counts identities, not tries", async () => {
    const held = await hold();

    await decide("olga", held);
    await decide("olga", held);
    expect((await approvals.get(held.id))?.state).toBe("pending");
    await decide("paul", held);

    expect((await approvals.get(held.id))?.state).toBe("approved");
  });

  it("of denials is what the policy says", async () => {
    const held = await hold();

    await decide("olga", held, { approve: false, reason: "no" });
    expect((await approvals.get(held.id))?.state).toBe("pending");
    await decide("paul", held, { approve: false, reason: "no" });

    expect((await approvals.get(held.id))?.state).toBe("denied");
  });

  it("is not for operators of other groups, until it is escalated to them", async () => {
    const late = await hold({ approval: "late" });
    await expect(decide("rosa", late)).rejects.toThrow("asks for an operator of dba");

    const held = await hold();
    await vi.waitFor(() => decide("rosa", held), { timeout: 5_000, interval: 100 });

    expect((await approvals.get(held.id))?.decisions).toMatchObject([{ operator: "rosa" }]);
  });
});

describe("breaking the glass", () => {
  it("approves alone, loudly, and waits for somebody else's review", async () => {
    const held = await hold();

    await decide("carol", held, { breakGlass: true, reason: "the site is down" });

    expect((await approvals.get(held.id))?.state).toBe("approved");
    const told = await vi.waitFor(() => {
      const types = receiver.posts.map(({ body }) => JSON.parse(body));
      const found = types.find(({ type }) => type === "approval.break-glass");
      if (!found) throw new Error("nobody was told");
      return found;
    });
    expect(told.data.text).toBe("Break-glass by carol: ci-bot may call files/delete");
    expect(told.data.approvals[0].breakGlass).toEqual({ by: "carol", reason: "the site is down" });
    const record = (await gateway.records()).find(({ event }) => event === "approval.break-glass");
    expect(record).toMatchObject({
      operator: "carol",
      approval: { id: held.id, state: "approved" },
      details: { severity: "high", decision: "break-glass", reason: "the site is down" },
    });

    expect(await toReview()).toEqual([held.id]);
    await expect(review("carol", held.id)).rejects.toThrow("ask somebody else");
    await expect(review("olga", held.id, "")).rejects.toThrow("needs a reason");
    await review("olga", held.id);
    expect(await toReview()).toEqual([]);
  });

  it.each([
    ["olga", { breakGlass: true, reason: "urgent" }, "lets operators of incident do so"],
    ["carol", { breakGlass: true, reason: " " }, "needs a reason"],
    ["carol", { breakGlass: true, approve: false, reason: "no" }, "only approves"],
  ])("is refused to %s with %j", async (name, answer, why) => {
    const held = await hold();

    await expect(decide(name, held, answer)).rejects.toThrow(why);

    expect((await approvals.get(held.id))?.state).toBe("pending");
  });

  it("is for nobody where the policy says nothing of it", async () => {
    const held = await hold({ approval: "late" });

    const alone = decide("carol", held, { breakGlass: true, reason: "urgent" });

    await expect(alone).rejects.toThrow("lets nobody do so");
  });
});

it("shows who may decide, what the agent did before, and how people were told", async () => {
  const before = await hold({ arguments: '{"path":"/a"}', quorum: 1, agent: "worker" });
  await decide("olga", before);
  const fence = { proxyId: "proxy-1", bootId: "boot-1" };
  await approvals.claim(before.id, fence);
  await approvals.finish(before.id, fence, { state: "succeeded" });
  const held = await hold({ arguments: '{"path":"/b"}', agent: "worker" });

  await vi.waitFor(async () => {
    const shown = await gateway.operator.call(ApprovalService.method.getApproval, {
      id: held.id,
      details: true,
    });
    expect(shown).toMatchObject({
      deciders: { groups: ["dba"], escalationGroups: ["sre"], breakGlassGroups: ["incident"] },
      history: { lastApproved: before.id, lastArguments: '{"path":"/a"}' },
      deliveries: [{ notifier: "hook", kind: "requested", state: "sent", attempts: 1 }],
    });
  });
});

it("lists by agent, tool and rule", async () => {
  const one = await hold({ agent: "lister-1", tool: "delete" });
  await hold({ agent: "lister-2", tool: "write" });
  await hold({ agent: "other", tool: "delete" });

  const listed = await as["olga"]?.call(ApprovalService.method.listApprovals, {
    state: ApprovalState.PENDING,
    agent: "lister-*",
    tool: "files/del*",
    rule: "ask-first",
  });

  expect(listed?.approvals.map(({ id }) => id)).toEqual([one.id]);
});

it("takes no operator whose name differs from another's in case only", async () => {
  await expect(join("OLGA", ["dba"])).rejects.toThrow("there is an operator olga already");
});

it("tells operators who they are", async () => {
  const { operator } = (await as["carol"]?.call(OperatorService.method.whoAmI, {})) ?? {};

  expect(operator).toMatchObject({
    name: "carol",
    role: Role.APPROVER,
    groups: ["dba", "incident"],
  });
});

async function join(name: string, groups: string[]): Promise<void> {
  const { token } = await gateway.operator.call(OperatorService.method.createOperator, {
    name,
    groups,
    role: Role.APPROVER,
  });
  const client = gateway.clientOf(token);
  clients.push(client);
  as[name] = client;
}

let count = 0;

function hold(changes: Partial<NewApproval> = {}) {
  count += 1;
  const digest = `${count}`.padStart(64, "0");
  const approverGroups = ["dba"];
  return openApproval(approvals, {
    ...{ digest, approval: "dba", approverGroups, quorum: 2 },
    ...changes,
  });
}

async function decide(
  name: string,
  { id, digest }: { readonly id: string; readonly digest: string },
  answer: { approve?: boolean; reason?: string; breakGlass?: boolean } = {},
) {
  const asked = { id, digest, approve: true, reason: "", ...answer };
  return await as[name]?.call(ApprovalService.method.decideApproval, asked);
}

async function review(name: string, id: string, reason = "it was right") {
  return await as[name]?.call(ApprovalService.method.reviewApproval, { id, reason });
}

async function toReview(): Promise<string[]> {
  const { approvals: found } = await gateway.operator.call(ApprovalService.method.listApprovals, {
    needsReview: true,
  });
  return found.map(({ id }) => id);
}
