import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { createLog } from "../../core/service/log.ts";
import { fence, openApproval } from "../../test/support/approvals.ts";
import { writeTo } from "../../test/support/audit.ts";
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

const fiveMinutesMs = 5 * 60_000;

it("calls an execution indeterminate whose proxy gave no sign for long, and records it", async () => {
  const id = await execute();

  await expirer().sweep();
  expect((await approvals.get(id))?.state).toBe("executing");
  await redis.hset(redisKeys.approval(id), "leaseUntilMs", 1);
  await redis.zadd(redisKeys.approvalsPending, 1, id);
  await expirer().sweep();

  expect((await approvals.get(id))?.state).toBe("indeterminate");
  expect(await lastRecord()).toMatchObject({
    event: "approval.indeterminate",
    approval: { id, state: "indeterminate" },
    details: { proxy: "proxy-1" },
  });
});

it("ends an approval that nobody decided or began, and records which", async () => {
  const undecided = await openApproval(approvals, { digest: "d1", expiresAfterMs: 1 });
  const unbegun = await openApproval(approvals, { digest: "d2", executeWithinMs: 1 });
  await approvals.decide(unbegun.id, { operator: "olga", approve: true, reason: "", digest: "d2" });

  await expect
    .poll(async () => {
      await expirer().sweep();
      return await Promise.all(
        [undecided, unbegun].map(async ({ id }) => (await approvals.get(id))?.state),
      );
    })
    .toEqual(["expired", "lapsed"]);
});

it.each([
  { clock: "five minutes ahead", skewMs: fiveMinutesMs },
  { clock: "five minutes behind", skewMs: -fiveMinutesMs },
])("ends nothing early when the clock of its machine is $clock", async ({ skewMs }) => {
  const waiting = await openApproval(approvals, { digest: "d1", expiresAfterMs: 60_000 });
  const approved = await openApproval(approvals, { digest: "d2", executeWithinMs: 60_000 });
  await approvals.decide(approved.id, {
    operator: "olga",
    approve: true,
    reason: "",
    digest: "d2",
  });
  const executing = await execute("d3");

  await expirer(() => Date.now() + skewMs).sweep();

  const states = await approvals.statesOf([waiting.id, approved.id, executing]);
  expect(states).toEqual(["pending", "approved", "executing"]);
});

function expirer(now: () => number = Date.now): ApprovalExpirer {
  return new ApprovalExpirer({
    approvals,
    audit: writeTo(redis),
    log: createLog("test", "silent"),
    now,
  });
}

async function lastRecord(): Promise<unknown> {
  const [record] = await redis.xrevrange(redisKeys.auditStream, "+", "-", "COUNT", 1);
  const fields = record?.[1] ?? [];
  return JSON.parse(fields[fields.indexOf("d") + 1] ?? "");
}

async function execute(digest = "d1"): Promise<string> {
  const { id } = await openApproval(approvals, { digest });
  await approvals.decide(id, { operator: "olga", approve: true, reason: "", digest });
  await approvals.claim(id, fence);
  return id;
}
