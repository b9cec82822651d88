import { spawn } from "node:child_process";
import { once } from "node:events";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ServerCredentials } from "@grpc/grpc-js";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NewApproval } from "../core/approvals/approval-record.ts";
import { ApprovalStore } from "../core/approvals/approval-store.ts";
import type { AuditRecord } from "../core/audit/record.ts";
import { GrpcClient } from "../core/grpc/client.ts";
import { approvalQueueName, redisKeys } from "../core/redis/keys.ts";
import { digestToken } from "../core/secrets/tokens.ts";
import { Lifecycle } from "../core/service/lifecycle.ts";
import { createLog } from "../core/service/log.ts";
import { AgentService } from "../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { ApprovalService, ApprovalState } from "../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { AuditService } from "../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import {
  type AgentChanges,
  type AgentTable,
  ConfigService,
  ProxyKind,
  type Snapshot,
  type StreamConfigRequestSchema,
  type StreamConfigResponse,
} from "../proto/gen/mcpgateway/v1/config_pb.ts";
import { FleetService } from "../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { OperatorService, Role } from "../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { Action, PolicySchema } from "../proto/gen/mcpgateway/v1/policy_pb.ts";
import { PolicyService } from "../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { openApproval as openIn } from "../test/support/approvals.ts";
import { writeTo } from "../test/support/audit.ts";
import { startRedis } from "../test/support/redis.ts";
import type { ChoreTimes } from "./chores.ts";
import { createControlPlane } from "./control-plane.ts";

const adminToken = "mcpgw_operator_admin";
const joinToken = "mcpgw_join_test";
const log = createLog("test", "silent");

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
let lifecycle: Lifecycle;

beforeEach(async () => {
  lifecycle = new Lifecycle();
  server = lifecycle.use("redis", await startRedis(), (it) => it.stop());
  redis = lifecycle.use("client", new Redis(server.url), (it) => it.disconnect());
});
afterEach(() => lifecycle.close());

describe("a policy", () => {
  it("becomes a version with its author, and is read back as it was pushed", async () => {
    const admin = (await startControlPlane()).as(adminToken);

    const pushed = await admin.push({ message: "first" });

    expect(pushed).toMatchObject({
      problems: [],
      unchanged: false,
      accepted: { version: 1n, author: "admin", message: "first" },
    });
    const got = await admin.call(PolicyService.method.getPolicy, {});
    expect(got.version).toEqual(pushed.accepted);
    expect(got.policy).toEqual(policy("one"));
  });

  it("with problems is not accepted, and every problem is told", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    const broken = create(PolicySchema, { ...policy("one"), apiVersion: "v0", routes: [] });

    const { problems, accepted } = await admin.call(PolicyService.method.pushPolicy, {
      policy: broken,
    });
    const validated = await admin.call(PolicyService.method.validatePolicy, { policy: broken });

    expect(accepted).toBeUndefined();
    expect(problems.map((it) => it.path)).toContain("apiVersion");
    expect(validated.problems).toEqual(problems);
  });

  it("equal to the latest makes no new version, in whatever order its labels are", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    await admin.push({ labels: { a: "1", b: "2" } });

    const again = await admin.push({ labels: { b: "2", a: "1" } });

    expect(again).toMatchObject({ unchanged: true, accepted: { version: 1n } });
    expect((await admin.call(PolicyService.method.listPolicyVersions, {})).versions).toHaveLength(
      1,
    );
  });

  it("is refused when another was pushed since, and the refusal names it", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    await admin.push({ name: "one", ifVersion: 0n });

    await expect(admin.push({ name: "two", ifVersion: 0n })).rejects.toMatchObject({
      code: "aborted",
      message: expect.stringMatching(/latest version is 1, pushed by admin at 20/),
    });
  });

  it("wins a race of two pushes on two control planes exactly once", async () => {
    const one = (await startControlPlane()).as(adminToken);
    const two = (await startControlPlane()).as(adminToken);

    for (let version = 0n; version < 20n; version += 1n) {
      const name = `policy-${version}`;
      const results = await Promise.allSettled([
        one.push({ name: `${name}-one`, ifVersion: version }),
        two.push({ name: `${name}-two`, ifVersion: version }),
      ]);
      expect(results.map((it) => it.status).sort()).toEqual(["fulfilled", "rejected"]);
    }
    const { versions } = await one.call(PolicyService.method.listPolicyVersions, {});
    expect(versions.map((it) => it.version)[0]).toBe(20n);
  });

  it("without a version to insist on is pushed after whatever came between", async () => {
    const admin = (await startControlPlane()).as(adminToken);

    const all = await Promise.all(
      Array.from({ length: 5 }, (_, index) => admin.push({ name: `policy-${index}` })),
    );

    expect(all.map((it) => it.accepted?.version).sort()).toEqual([1n, 2n, 3n, 4n, 5n]);
  });

  it("of a later release, with fields that are unknown here, is refused rather than cut", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    const later = policy("one");
    later.$unknown = [{ no: 99, wireType: 0, data: new Uint8Array([1]) }];

    const { problems } = await admin.call(PolicyService.method.pushPolicy, { policy: later });

    expect(problems[0]?.message).toMatch(/fields that this control plane does not know/);
  });
});

describe("the stream of a proxy", () => {
  it("begins with the latest policy and agents, and goes on with each change", async () => {
    const plane = await startControlPlane();
    const admin = plane.as(adminToken);
    await admin.push({ name: "one" });
    const proxy = plane.connectProxy("proxy-1");
    await vi.waitFor(() => expect(proxy.versions()).toEqual([1]));
    expect(proxy.agents.at(-1)).toMatchObject({ agents: [] });

    await admin.push({ name: "two" });
    const { key } = await admin.call(AgentService.method.createAgent, {
      id: "ci-bot",
      groups: ["bots"],
    });

    await vi.waitFor(() => expect(proxy.versions()).toEqual([1, 2]));
    await vi.waitFor(() =>
      expect(proxy.agents.at(-1)?.agents).toMatchObject([{ id: "ci-bot", groups: ["bots"] }]),
    );
    const sent = proxy.agents.at(-1)?.agents[0]?.keys[0];
    expect(sent?.sha256).toHaveLength(0);
    // Neither the key nor what anybody can make of it.
    expect(Buffer.from(sent?.hmac ?? [])).toHaveLength(32);
    expect(Buffer.from(sent?.hmac ?? [])).not.toEqual(digestToken(key));
  });

  it("tells of the agents that changed, on every control plane, and of all when an announcement was lost", async () => {
    const one = await startControlPlane();
    const two = await startControlPlane();
    const admin = one.as(adminToken);
    await admin.call(AgentService.method.createAgent, { id: "stays" });
    const proxies = [one, two].map((plane, index) =>
      plane.connectProxy(`proxy-${index}`, { takesAgentChanges: true }),
    );
    await vi.waitFor(() => {
      for (const { agents } of proxies) expect(agents.at(-1)?.agents).toHaveLength(1);
    });
    const sentBefore = proxies.map(({ agents }) => agents.length);

    await admin.call(AgentService.method.createAgent, { id: "goes" });
    await admin.call(AgentService.method.revokeAgent, { id: "goes" });

    await vi.waitFor(() => {
      for (const { agentChanges } of proxies) {
        expect(agentChanges.at(-1)).toMatchObject({ agents: [], removed: ["goes"] });
      }
    });
    expect(proxies.map(({ agents }) => agents.length)).toEqual(sentBefore);

    await redis.hdel(redisKeys.agents, "stays");
    await redis.incr(redisKeys.agentsRevision);

    await vi.waitFor(
      () => {
        for (const { agents } of proxies) expect(agents.at(-1)?.agents).toEqual([]);
      },
      { timeout: 10_000 },
    );
  });

  it("goes on with agents that are changed after Redis has lost some changes", async () => {
    const plane = await startControlPlane();
    const admin = plane.as(adminToken);
    await admin.call(AgentService.method.createAgent, { id: "one" });
    await admin.call(AgentService.method.createAgent, { id: "two" });
    const proxy = plane.connectProxy("proxy-1");
    await vi.waitFor(() => expect(proxy.agents.at(-1)?.agents).toHaveLength(2));
    const before = proxy.agents.at(-1)?.revision ?? 0n;

    await redis.del(redisKeys.agentsRevision);
    await admin.call(AgentService.method.revokeAgent, { id: "one" });

    await vi.waitFor(() => expect(proxy.agents.at(-1)?.agents).toMatchObject([{ id: "two" }]));
    expect(proxy.agents.at(-1)?.revision).toBeGreaterThan(before);
  });

  it("skips to the newest while the proxy takes its time, and does not repeat what was refused", async () => {
    const plane = await startControlPlane();
    const admin = plane.as(adminToken);
    await admin.push({ name: "one" });
    const proxy = plane.connectProxy("proxy-1", { answers: false });
    await vi.waitFor(() => expect(proxy.versions()).toEqual([1]));
    await admin.push({ name: "two" });
    await admin.push({ name: "three" });
    await pause(200);
    expect(proxy.versions()).toEqual([1]);

    proxy.send({ case: "ack", value: { nonce: "stale", version: 1n } });
    await pause(100);
    expect(proxy.versions()).toEqual([1]);
    proxy.refuse(["upstream files: unknown field"]);

    await vi.waitFor(() => expect(proxy.versions()).toEqual([1, 3]));
    proxy.refuse(["again"]);
    await pause(300);
    expect(proxy.versions()).toEqual([1, 3]);
  });

  it("shows in the fleet what the proxy serves and refuses, on every control plane", async () => {
    const one = await startControlPlane();
    const other = (await startControlPlane()).as(adminToken);
    await one.as(adminToken).push({});
    const proxy = one.connectProxy("proxy-1", { answers: false });
    await vi.waitFor(() => expect(proxy.versions()).toEqual([1]));

    proxy.refuse(["rules[0]: no"]);

    await vi.waitFor(async () =>
      expect(await other.call(FleetService.method.listProxies, {})).toMatchObject({
        latestVersion: 1n,
        proxies: [{ id: "proxy-1", kind: ProxyKind.PROXY, servingVersion: 0n, refusedVersion: 1n }],
      }),
    );
    proxy.send({ case: "heartbeat", value: { servingVersion: 1n } });
    await vi.waitFor(async () => expect((await other.fleet())[0]?.servingVersion).toBe(1n));
    proxy.leave();
    await vi.waitFor(async () => expect(await other.fleet()).toEqual([]));
  });

  it("keeps each key of audit checkpoints that a proxy shows, at its hello and later", async () => {
    const plane = await startControlPlane();
    const proxy = plane.connectProxy("proxy-1", { auditKey: "a".repeat(43) });
    const keys = async () => {
      const { keys } = await plane.as(adminToken).call(AuditService.method.listAuditKeys, {});
      const shown = keys.filter(({ producer }) => producer === "proxy-1");
      return shown.map(({ publicKey }) => publicKey[0]);
    };
    await vi.waitFor(async () => expect(await keys()).toEqual(["a"]));

    const auditKey = "b".repeat(43);
    proxy.send({ case: "heartbeat", value: { servingVersion: 1n, auditKey } });
    await vi.waitFor(async () => expect(await keys()).toEqual(["a", "b"]));
    proxy.leave();
  });

  it("keeps the row of the later stream when one proxy connects twice", async () => {
    const one = await startControlPlane();
    const other = await startControlPlane();
    const admin = other.as(adminToken);
    const before = one.connectProxy("proxy-1", { address: "before" });
    await vi.waitFor(async () => expect((await admin.fleet())[0]?.address).toBe("before"));
    const after = other.connectProxy("proxy-1", { address: "after" });
    await vi.waitFor(async () => expect((await admin.fleet())[0]?.address).toBe("after"));

    before.send({ case: "heartbeat", value: { servingVersion: 9n } });
    await pause(100);
    before.leave();
    await pause(100);

    expect(await admin.fleet()).toMatchObject([{ address: "after", servingVersion: 0n }]);
    after.leave();
  });

  it("forgets rows that nobody keeps", async () => {
    const admin = (await startControlPlane({ fleetSweepMs: 50 })).as(adminToken);
    const row = { id: "gone", streamId: "s", kind: "proxy", problems: [], lastSeenAtMs: 1 };
    await redis.hset(redisKeys.fleet, { gone: JSON.stringify(row) });

    expect(await admin.fleet()).toEqual([]);
    await vi.waitFor(async () => expect(await redis.hlen(redisKeys.fleet)).toBe(0));
  });

  it("reaches proxies of another control plane, also when the message of Redis is lost", async () => {
    const one = await startControlPlane();
    const other = await startControlPlane();
    const proxy = other.connectProxy("proxy-1");
    await one.as(adminToken).push({ name: "one" });
    await vi.waitFor(() => expect(proxy.versions()).toEqual([1]));

    await redis.call("CLIENT", "KILL", "TYPE", "pubsub");
    await one.as(adminToken).push({ name: "two" });

    await vi.waitFor(() => expect(proxy.versions()).toEqual([1, 2]), 5_000);
  });

  it.each([
    ["no token", undefined],
    ["a wrong token", "mcpgw_join_wrong"],
    ["an operator's token", adminToken],
  ])("is refused with %s", async (_, token) => {
    const plane = await startControlPlane();

    const proxy = plane.connectProxy("proxy-1", { token });

    await vi.waitFor(() => expect(proxy.error()).toMatchObject({ code: 16 }));
    expect(proxy.versions()).toEqual([]);
  });

  it("is refused when it does not begin with a sane hello", async () => {
    const plane = await startControlPlane();

    const nameless = plane.connectProxy("");
    const kindless = plane.connectProxy("proxy-1", { kind: ProxyKind.UNSPECIFIED });

    await vi.waitFor(() => expect(nameless.error()).toMatchObject({ code: 3 }));
    await vi.waitFor(() => expect(kindless.error()).toMatchObject({ code: 3 }));
  });

  it("ends well when the control plane stops", async () => {
    const plane = await startControlPlane();
    const proxy = plane.connectProxy("proxy-1");
    await vi.waitFor(() => expect(proxy.agents).toHaveLength(1));

    const started = Date.now();
    await plane.stop();

    expect(Date.now() - started).toBeLessThan(900);
    expect(proxy.error()).toBeUndefined();
    await vi.waitFor(() => expect(proxy.ended()).toBe(true));
    expect(await redis.hlen(redisKeys.fleet)).toBe(0);
  });
});

describe("an operator", () => {
  it("is made with a token that works at once, until it is revoked on whichever control plane", async () => {
    const plane = await startControlPlane();
    const other = await startControlPlane();
    const { token } = await plane
      .as(adminToken)
      .call(OperatorService.method.createOperator, { name: "olga", role: Role.VIEWER });
    await plane.as(token).fleet();
    await other.as(token).fleet();

    await other.as(adminToken).call(OperatorService.method.revokeOperator, { name: "olga" });

    await expect(other.as(token).fleet()).rejects.toMatchObject({ code: "unauthenticated" });
    await vi.waitFor(
      () => expect(plane.as(token).fleet()).rejects.toMatchObject({ code: "unauthenticated" }),
      3_000,
    );
  });

  it.each([
    [Role.VIEWER, { pushes: false, makesAgents: false }],
    [Role.APPROVER, { pushes: false, makesAgents: false }],
    [Role.POLICY_ADMIN, { pushes: true, makesAgents: false }],
    [Role.ADMIN, { pushes: true, makesAgents: true }],
  ])("of role %i may do what the role allows and reads everything", async (role, may) => {
    const plane = await startControlPlane();
    const operator = plane.as(await plane.createOperator("olga", { role }));

    await operator.fleet();
    const pushing = await outcomeOf(operator.push({}));
    const making = await outcomeOf(operator.call(AgentService.method.createAgent, { id: "a" }));

    expect(pushing).toBe(may.pushes ? "done" : "permission-denied");
    expect(making).toBe(may.makesAgents ? "done" : "permission-denied");
  });

  it("is refused without a token, with an unknown one and with the join token", async () => {
    const plane = await startControlPlane();

    for (const token of [undefined, "mcpgw_operator_unknown", joinToken]) {
      await expect(plane.as(token).fleet()).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });

  it("cannot be revoked who is the last admin, even by two admins at once", async () => {
    const plane = await startControlPlane();
    const admin = plane.as(adminToken);
    const revoke = (name: string) => admin.call(OperatorService.method.revokeOperator, { name });
    await expect(revoke("admin")).rejects.toMatchObject({ code: "failed-precondition" });
    await plane.createOperator("second", { role: Role.ADMIN });

    const outcomes = await Promise.all([outcomeOf(revoke("admin")), outcomeOf(revoke("second"))]);

    expect(outcomes.filter((it) => it === "done")).toHaveLength(1);
  });

  it("takes a name once, and needs a role", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    const make = (name: string, role: Role) =>
      admin.call(OperatorService.method.createOperator, { name, role });

    await expect(make("admin", Role.VIEWER)).rejects.toMatchObject({ code: "already-exists" });
    await expect(make("olga", Role.UNSPECIFIED)).rejects.toMatchObject({
      code: "invalid-argument",
    });
    await expect(make("o l", Role.VIEWER)).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("of the bootstrap token is made once, and a restart does not bring it back", async () => {
    const plane = await startControlPlane();
    const token = await plane.createOperator("second", { role: Role.ADMIN });
    await plane.as(token).call(OperatorService.method.revokeOperator, { name: "admin" });

    const restarted = await startControlPlane();

    await expect(restarted.as(adminToken).fleet()).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await restarted.as(token).fleet();
  });
});

describe("an agent", () => {
  it("gets further keys, keeps its groups, and loses everything when it is revoked", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    const make = (groups: string[]) =>
      admin.call(AgentService.method.createAgent, { id: "ci/bot", groups });
    const first = await make(["bots"]);
    const second = await make([]);

    expect(second.agent).toMatchObject({ groups: ["bots"], keys: [{}, {}] });
    expect(first.key).not.toBe(second.key);
    expect(first.key.startsWith(first.agent?.keys[0]?.hint ?? "?")).toBe(true);
    await expect(make(["admins"])).rejects.toMatchObject({ code: "failed-precondition" });
    const revoked = await admin.call(AgentService.method.revokeAgent, { id: "ci/bot" });
    expect(revoked.agent?.keys).toHaveLength(2);
    expect((await admin.call(AgentService.method.listAgents, {})).agents).toEqual([]);
    await expect(
      admin.call(AgentService.method.revokeAgent, { id: "ci/bot" }),
    ).rejects.toMatchObject({ code: "not-found" });
  });

  it.each(["", "-a", "a b", "anonymous", "a".repeat(129)])("cannot be called %j", async (id) => {
    const admin = (await startControlPlane()).as(adminToken);

    await expect(admin.call(AgentService.method.createAgent, { id })).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });

  it("loses no key when two are made at once", async () => {
    const admin = (await startControlPlane()).as(adminToken);

    await Promise.all(
      Array.from({ length: 8 }, () => admin.call(AgentService.method.createAgent, { id: "a" })),
    );

    const { agents } = await admin.call(AgentService.method.listAgents, {});
    expect(agents[0]?.keys).toHaveLength(8);
  });
});

describe("an approval", () => {
  it("is decided by an operator of the groups that the policy names, admins included", async () => {
    const plane = await startControlPlane();
    const { approval } = await openApproval({ approverGroups: ["ops"] });
    const outsider = plane.as(await plane.createOperator("paul", { role: Role.APPROVER }));
    const insider = plane.as(
      await plane.createOperator("olga", { role: Role.APPROVER, groups: ["ops"] }),
    );

    await expect(plane.as(adminToken).decide(approval)).rejects.toMatchObject({
      code: "permission-denied",
      message: expect.stringContaining("ops"),
    });
    await expect(outsider.decide(approval)).rejects.toMatchObject({ code: "permission-denied" });
    const decided = await insider.decide(approval, { reason: "looks fine" });

    expect(decided.approval).toMatchObject({
      state: ApprovalState.APPROVED,
      decisions: [{ operator: "olga", approve: true, reason: "looks fine" }],
    });
  });

  it("is not decided by who has the name of the agent that asks", async () => {
    const plane = await startControlPlane();
    const { approval } = await openApproval({ agent: "Olga" });
    const olga = plane.as(await plane.createOperator("olga", { role: Role.ADMIN }));

    await expect(olga.decide(approval)).rejects.toMatchObject({ code: "permission-denied" });
  });

  it("needs reasons where the policy says so, and always to deny", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    const { approval } = await openApproval({ requireReason: true });

    for (const approve of [true, false]) {
      await expect(admin.decide(approval, { approve, reason: " " })).rejects.toMatchObject({
        code: "invalid-argument",
      });
    }
  });

  it("tells the second operator who won and when", async () => {
    const plane = await startControlPlane();
    const { approval } = await openApproval();
    const olga = plane.as(await plane.createOperator("olga", { role: Role.APPROVER }));
    await olga.decide(approval, { approve: false, reason: "no" });

    await expect(plane.as(adminToken).decide(approval)).rejects.toMatchObject({
      code: "failed-precondition",
      message: expect.stringMatching(/was denied by olga at 20\d\d-/),
    });
    const again = await olga.decide(approval, { approve: false, reason: "no" });
    expect(again.approval?.state).toBe(ApprovalState.DENIED);
  });

  it("is found by the beginning of its id, and decided only with the digest that was shown", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    const { approval } = await openApproval();

    const got = await admin.call(ApprovalService.method.getApproval, {
      id: approval.id.slice(0, 4),
    });
    const listed = await admin.call(ApprovalService.method.listApprovals, {
      state: ApprovalState.PENDING,
    });

    expect(got.approval).toMatchObject({ id: approval.id, tool: "delete", policyVersion: 1n });
    expect(listed.approvals).toEqual([got.approval]);
    await expect(admin.decide({ ...approval, digest: "" })).rejects.toMatchObject({
      code: "failed-precondition",
    });
    await expect(
      admin.call(ApprovalService.method.getApproval, { id: "zzzz" }),
    ).rejects.toMatchObject({ code: "not-found" });
  });

  it("expires by its timer, which waits for Redis's clock", async () => {
    await startControlPlane({ approvalSweepMs: 60_000 });
    const { approval, store } = await openApproval({ expiresAfterMs: 600 });
    const queue = new Queue(approvalQueueName, {
      connection: redis,
      prefix: redisKeys.queuePrefix,
    });

    // The timer fires long before the time, as with a clock that runs ahead.
    await queue.add("expire", { id: approval.id }, { jobId: approval.id, delay: 10 });

    await pause(300);
    expect((await store.get(approval.id))?.state).toBe("pending");
    await vi.waitFor(
      async () => expect((await store.get(approval.id))?.state).toBe("expired"),
      3_000,
    );
    await queue.close();
    await vi.waitFor(async () => expect(await auditedEvents()).toContain("approval.expired"));
  });

  it("expires by the sweep when its timer is lost, once on two control planes", async () => {
    await startControlPlane({ approvalSweepMs: 50 });
    await startControlPlane({ approvalSweepMs: 50 });
    const { approval, store } = await openApproval({ expiresAfterMs: 200 });

    await vi.waitFor(
      async () => expect((await store.get(approval.id))?.state).toBe("expired"),
      3_000,
    );

    await pause(200);
    expect((await auditedEvents()).filter((it) => it === "approval.expired")).toHaveLength(1);
  });
});

describe("the audit stream", () => {
  it("has an intent before each act of an operator and its end after it, joined by one id", async () => {
    const plane = await startControlPlane();
    await plane.as(adminToken).push({ message: "why" });

    const [bootstrap, intent, end] = await audited();

    expect(bootstrap).toMatchObject({ event: "operator.created", operator: "bootstrap" });
    expect(intent).toMatchObject({
      event: "act.intent",
      operator: "admin",
      clientAddress: "127.0.0.1",
      details: { act: "policy.pushed", message: "why" },
    });
    expect(end).toMatchObject({
      event: "policy.pushed",
      operator: "admin",
      callId: intent?.callId,
      outcome: "done",
      details: { version: "1" },
    });
  });

  it("names every act", async () => {
    const plane = await startControlPlane();
    const admin = plane.as(adminToken);
    await plane.createOperator("olga", { role: Role.VIEWER });
    await admin.call(OperatorService.method.revokeOperator, { name: "olga" });
    await admin.call(AgentService.method.createAgent, { id: "bot" });
    await admin.call(AgentService.method.createAgent, { id: "bot" });
    await admin.call(AgentService.method.revokeAgent, { id: "bot" });
    await outcomeOf(admin.call(AgentService.method.revokeAgent, { id: "bot" }));
    const { approval } = await openApproval();
    await admin.decide(approval, { approve: false, reason: "no" });

    expect((await auditedEvents()).filter((it) => it !== "act.intent")).toEqual([
      "operator.created",
      "operator.created",
      "operator.revoked",
      "agent.created",
      "agent.key-created",
      "agent.revoked",
      "act.refused",
      "approval.decided",
    ]);
    expect((await audited()).at(-1)).toMatchObject({
      agent: "ci-bot",
      approval: { id: approval.id, state: "denied" },
      details: { decision: "deny", reason: "no" },
    });
  });

  it("refuses the act that it cannot record", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    await redis.del(redisKeys.auditStream);
    await redis.set(redisKeys.auditStream, "not a stream");

    await expect(admin.push({})).rejects.toMatchObject({ code: "unavailable" });

    expect(await redis.exists(redisKeys.policyLatest)).toBe(0);
  });

  it("has refused logins, the repeats as a number", async () => {
    const plane = await startControlPlane({ refusalsMs: 300 });

    for (let attempt = 0; attempt < 20; attempt += 1) {
      await outcomeOf(plane.as("mcpgw_operator_guess").fleet());
    }

    await vi.waitFor(async () => {
      const refused = (await audited()).filter((it) => it.event === "login.refused");
      const counts = refused.map((it) => Number(it.details?.["count"]));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20);
      expect(counts.length).toBeLessThan(5);
    }, 3_000);
  });

  it("is read from its end, by agent and call, also between entries that are no records", async () => {
    const admin = (await startControlPlane()).as(adminToken);
    const audit = writeTo(redis, "proxy-1");
    await redis.del(redisKeys.auditStream);
    for (const [agent, callId] of [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ] as const) {
      await audit.write({ event: "request", agent, callId, arguments: { deep: [1] } });
      await redis.xadd(redisKeys.auditStream, "*", "d", "no json");
      await redis.xadd(redisKeys.auditStream, "*", "x", "y");
    }

    expect(await admin.tail({})).toEqual(["1", "", "", "2", "", "", "3", "", ""]);
    expect(await admin.tail({ last: 4 })).toEqual(["", "3", "", ""]);
    expect(await admin.tail({ agent: "a" })).toEqual(["1", "3"]);
    expect(await admin.tail({ callId: "2" })).toEqual(["2"]);
    expect(await admin.tail({ last: 0 })).toEqual([]);
  });

  it("is followed without a gap, until the caller leaves", async () => {
    const plane = await startControlPlane();
    const audit = writeTo(redis, "proxy-1");
    await audit.write({ event: "request", callId: "0" });
    const leaving = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      const request = { last: 1, follow: true };
      const records = plane.as(adminToken).read(request, leaving.signal);
      for await (const { record } of records) seen.push(record?.callId ?? "");
    })();
    await vi.waitFor(() => expect(seen).toEqual(["0"]));

    for (let index = 1; index <= 50; index += 1) {
      await audit.write({ event: "request", callId: String(index) });
    }

    await vi.waitFor(() => expect(seen).toEqual(Array.from({ length: 51 }, (_, i) => String(i))));
    leaving.abort();
    await following;
    const blocked = async () => String(await redis.client("LIST")).match(/cmd=xread/g) ?? [];
    await vi.waitFor(async () => expect(await blocked()).toEqual([]), 3_000);
  });

  it("is trimmed beyond its maximum, and what is gone is counted in a record", async () => {
    await startControlPlane({ auditTrimMs: 100 });
    const audit = writeTo(redis, "proxy-1");

    await Promise.all(Array.from({ length: 3_000 }, () => audit.write({ event: "request" })));

    await vi.waitFor(async () => {
      const records = await audited();
      const trims = records.filter((it) => it.event === "audit.trimmed");
      const removed = trims.reduce((sum, it) => sum + Number(it.details?.["removed"]), 0);
      expect(removed).toBeGreaterThan(1_000);
      const length = await redis.xlen(redisKeys.auditStream);
      const own = records.filter(({ event }) => /^audit\.trimm(ing|ed)$/.test(event));
      expect(length - own.length + removed).toBe(3_002);
    }, 5_000);
  });
});

describe("an outage of Redis", () => {
  it("is told within the deadline, leaves the streams up, and ends by itself", async () => {
    const plane = await startControlPlane({ approvalSweepMs: 100 });
    const admin = plane.as(adminToken);
    const proxy = plane.connectProxy("proxy-1");
    await vi.waitFor(() => expect(proxy.agents).toHaveLength(1));
    const leaving = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      const records = admin.read({ last: 0, follow: true }, leaving.signal);
      for await (const { record } of records) seen.push(record?.event ?? "");
    })();
    await vi.waitFor(async () => {
      await admin.push({ name: "before" });
      expect(seen).toContain("policy.pushed");
    });
    await vi.waitFor(() => expect(proxy.versions()).toEqual([1]));
    const pid = Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);

    process.kill(pid, "SIGSTOP");
    const started = Date.now();
    await expect(admin.fleet()).rejects.toMatchObject({ code: "unavailable" });
    expect(Date.now() - started).toBeLessThan(3_000);
    await pause(6_000 - (Date.now() - started));
    process.kill(pid, "SIGCONT");

    await vi.waitFor(() => admin.push({ name: "after" }), { timeout: 8_000, interval: 200 });
    await vi.waitFor(() => expect(proxy.versions()).toEqual([1, 2]), 8_000);
    await vi.waitFor(
      () => expect(seen.filter((it) => it === "policy.pushed")).toHaveLength(2),
      8_000,
    );
    const { approval, store } = await openApproval({ expiresAfterMs: 1 });
    await vi.waitFor(
      async () => expect((await store.get(approval.id))?.state).toBe("expired"),
      8_000,
    );
    expect(proxy.error()).toBeUndefined();
    leaving.abort();
    await following;
  }, 40_000);
});

describe("the process", () => {
  it("says in one line what settings it lacks", async () => {
    const { lines, code } = await runMain({ MCPGW_AUDIT_MAX_RECORDS: "many" });

    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 60 });
    expect(lines[0]?.msg).toMatch(/MCPGW_JOIN_TOKEN.*is required.*MCPGW_AUDIT_MAX_RECORDS/);
  });

  it("refuses a Redis that forgets, unless it is told to go on", async () => {
    const { lines, code } = await runMain({
      MCPGW_JOIN_TOKEN: joinToken,
      ...forgetfulRedis("false"),
    });

    expect(code).toBe(1);
    expect(lines.at(-1)?.msg).toContain("MCPGW_ALLOW_UNSAFE_REDIS");
  });

  it("stops cleanly on SIGTERM", async () => {
    const env = { MCPGW_JOIN_TOKEN: joinToken, ...forgetfulRedis("true") };

    const { lines, code } = await runMain(env, (line, child) => {
      if (line.msg === "the control plane is ready") child.kill("SIGTERM");
    });

    expect(code).toBe(0);
    expect(lines.map((it) => it.msg)).toContain("the control plane stops");
  });
});

async function startControlPlane(choreTimes: Partial<ChoreTimes> = {}) {
  const own = new Lifecycle();
  lifecycle.use("control plane", own, () => own.close());
  const settings = {
    grpcAddress: "127.0.0.1:0",
    redisUrl: server.url,
    limitsRedisUrl: server.url,
    bootstrapOperatorToken: adminToken,
    joinToken,
    keySecrets: [],
    logLevel: "silent",
    auditMaxRecords: 1_000,
    auditFolder: "",
    auditMaxAgeMs: 0,
    auditSpoolBytes: 1_048_576,
    auditWaitReplicas: 0,
    auditKeyLivesForMs: 90 * 86_400_000,
    approvalReplicas: 0,
    allowUnsafeRedis: true,
  };
  const producer = "control-plane@test";
  const grpc = await createControlPlane({ settings, producer, log, choreTimes, env: {} }, own);
  const port = await grpc.listen("127.0.0.1:0", ServerCredentials.createInsecure());
  const address = `127.0.0.1:${port}`;

  return {
    as: (token: string | undefined) => new TestOperator(connect(address, token)),
    connectProxy: (id: string, options: ProxyOptions = {}) => {
      const token = "token" in options ? options.token : joinToken;
      return new TestProxy(connect(address, token), id, options);
    },
    async createOperator(name: string, options: { role: Role; groups?: string[] }) {
      const admin = new TestOperator(connect(address, adminToken));
      const request = { name, groups: [], ...options };
      return (await admin.call(OperatorService.method.createOperator, request)).token;
    },
    stop: () => own.close(),
  };
}

function connect(address: string, token: string | undefined): GrpcClient {
  const client = new GrpcClient({ address, ...(token !== undefined && { token }) });
  return lifecycle.use("client", client, (it) => it.close());
}

class TestOperator {
  readonly #client: GrpcClient;
  readonly call: GrpcClient["call"];

  constructor(client: GrpcClient) {
    this.#client = client;
    this.call = client.call.bind(client);
  }

  push(options: {
    name?: string;
    labels?: Record<string, string>;
    message?: string;
    ifVersion?: bigint;
  }) {
    const { name = "one", labels = {}, ...rest } = options;
    return this.call(PolicyService.method.pushPolicy, { policy: policy(name, labels), ...rest });
  }

  async fleet() {
    return (await this.call(FleetService.method.listProxies, {})).proxies;
  }

  decide(approval: { id: string; digest: string }, answer: object = {}) {
    const { id, digest } = approval;
    const request = { id, digest, approve: true, reason: "", ...answer };
    return this.call(ApprovalService.method.decideApproval, request);
  }

  read(request: object, signal?: AbortSignal) {
    return this.#client.read(AuditService.method.tailAudit, request, signal);
  }

  async tail(request: object): Promise<string[]> {
    const seen: string[] = [];
    for await (const { record } of this.read(request)) seen.push(record?.callId ?? "");
    return seen;
  }
}

interface ProxyOptions {
  readonly token?: string | undefined;
  readonly kind?: ProxyKind;
  readonly address?: string;
  readonly answers?: boolean;
  readonly takesAgentChanges?: boolean;
  readonly auditKey?: string;
}

class TestProxy {
  readonly snapshots: { nonce: string; snapshot: Snapshot }[] = [];
  readonly agents: AgentTable[] = [];
  readonly agentChanges: AgentChanges[] = [];
  readonly #stream: ReturnType<GrpcClient["open"]>;
  #error: Error | undefined;
  #ended = false;

  constructor(client: GrpcClient, proxyId: string, options: ProxyOptions) {
    const { kind = ProxyKind.PROXY, address = "", answers = true } = options;
    const { takesAgentChanges = false, auditKey = "" } = options;
    const stream = client.open(ConfigService.method.streamConfig);
    this.#stream = stream as never;
    stream.on("data", ({ nonce, content }: StreamConfigResponse) => {
      if (content.case === "agents") this.agents.push(content.value);
      if (content.case === "agentChanges") this.agentChanges.push(content.value);
      if (content.case !== "snapshot") return;
      this.snapshots.push({ nonce, snapshot: content.value });
      const { version } = content.value;
      if (answers) this.send({ case: "ack", value: { nonce, version } });
    });
    stream.on("error", (error) => {
      this.#error = error;
    });
    stream.on("end", () => {
      this.#ended = true;
    });
    const hello = { proxyId, kind, address, release: "test", takesAgentChanges, auditKey };
    this.send({ case: "hello", value: hello });
  }

  versions(): number[] {
    return this.snapshots.map(({ snapshot }) => Number(snapshot.version));
  }

  error(): Error | undefined {
    return this.#error;
  }

  ended(): boolean {
    return this.#ended;
  }

  send(event: NonNullable<MessageInitShape<typeof StreamConfigRequestSchema>["event"]>): void {
    this.#stream.write({ event } as never);
  }

  refuse(problems: string[]): void {
    const last = this.snapshots.at(-1);
    if (!last) throw new Error("nothing to refuse");
    const { nonce, snapshot } = last;
    this.send({ case: "nack", value: { nonce, version: snapshot.version, problems } });
  }

  leave(): void {
    this.#stream.end();
  }
}

function policy(name: string, labels: Record<string, string> = {}) {
  return create(PolicySchema, {
    apiVersion: "mcpgateway/v1",
    kind: "Policy",
    metadata: { name, labels },
    upstreams: [{ name: "files", command: ["mcp-server-filesystem", "/srv"] }],
    routes: [{ path: "/mcp", upstreams: ["files"] }],
    rules: [{ name: "read", match: { tools: ["files/read_*"] }, action: Action.ALLOW }],
  });
}

async function openApproval(changes: Partial<NewApproval> = {}) {
  const store = new ApprovalStore(redis);
  const approval = await openIn(store, changes);
  return { approval, store };
}

async function audited(): Promise<AuditRecord[]> {
  const entries = await redis.xrange(redisKeys.auditStream, "-", "+");
  return entries
    .map(([, fields]) => JSON.parse(fields[3] ?? "{}") as AuditRecord)
    .filter(({ event }) => event !== "audit.started");
}

async function auditedEvents(): Promise<string[]> {
  return (await audited()).map(({ event }) => event);
}

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "done",
    (error: { code: string }) => error.code,
  );
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
}

/** A Redis for tests forgets everything, which the control plane refuses. */
function forgetfulRedis(allowUnsafe: "true" | "false") {
  return {
    MCPGW_REDIS_URL: server.url,
    MCPGW_GRPC_ADDRESS: "127.0.0.1:0",
    MCPGW_ALLOW_UNSAFE_REDIS: allowUnsafe,
  };
}

async function runMain(
  env: Record<string, string>,
  onLine: (line: LogLine, child: ReturnType<typeof spawn>) => void = () => {},
): Promise<{ lines: LogLine[]; code: number | null }> {
  const main = new URL("./main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "ignore", "pipe"] });
  lifecycle.use("main", child, (it) => void it.kill("SIGKILL"));
  const lines: LogLine[] = [];
  let rest = "";
  child.stderr.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts.filter((it) => it.startsWith("{"))) {
      const line = JSON.parse(part) as LogLine;
      lines.push(line);
      onLine(line, child);
    }
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { lines, code };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
