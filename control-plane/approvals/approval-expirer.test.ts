import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { AuditWriter } from "../../core/audit/audit-writer.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { createLog } from "../../core/service/log.ts";
import { startRedis } from "../../test/support/redis.ts";
import { ApprovalExpirer } from "./approval-expirer.ts";

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
let approvals: ApprovalStore;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  approvals = new ApprovalStore(redis);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

it("calls an execution indeterminate whose proxy is gone for long, and records it", async () => {
  const id = await execute("proxy-1");

  await expirerThatSees(["proxy-1"]).sweep();
  expect((await approvals.get(id))?.state).toBe("executing");
  await expirerThatSees(["proxy-2"]).sweep();

  expect((await approvals.get(id))?.state).toBe("indeterminate");
  const [record] = await redis.xrange(redisKeys.auditStream, "-", "+");
  expect(JSON.parse(record?.[1][3] ?? "")).toMatchObject({
    event: "approval.indeterminate",
    approval: { id, state: "indeterminate" },
    details: { proxy: "proxy-1" },
  });
});

it("calls no proxy dead while they still come back after a start", async () => {
  const id = await execute("proxy-1");

  await expirerThatSees(undefined).sweep();

  expect((await approvals.get(id))?.state).toBe("executing");
});

function expirerThatSees(living: readonly string[] | undefined): ApprovalExpirer {
  return new ApprovalExpirer({
    approvals,
    audit: new AuditWriter({ redis, producer: "test" }),
    log: createLog("test", "silent"),
    livingProxies: async () => living && new Set(living),
  });
}

/** An execution that began long ago. */
async function execute(proxyId: string): Promise<string> {
  const { approval } = await approvals.open({
    digest: "d1",
    agent: "ci-bot",
    groups: [],
    route: "/mcp",
    upstream: "files",
    tool: "delete",
    arguments: "{}",
    operations: [],
    rule: "ask-first",
    reason: "",
    approval: "default",
    approverGroups: [],
    quorum: 1,
    requireReason: false,
    policyVersion: 1,
    expiresAfterMs: 60_000,
  });
  const { id, digest } = approval;
  await approvals.decide(id, { operator: "olga", approve: true, reason: "", digest });
  await approvals.claim(id, proxyId);
  await redis.zadd(redisKeys.approvalsPending, 1, id);
  return id;
}
