import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { approvalQueueName, redisKeys } from "../../core/redis/keys.ts";
import { createLog } from "../../core/service/log.ts";
import { openApproval } from "../../test/support/approvals.ts";
import { writeTo } from "../../test/support/audit.ts";
import { startRedis } from "../../test/support/redis.ts";
import { ApprovalExpirer } from "./approval-expirer.ts";
import { startExpiryWorker } from "./expiry-worker.ts";

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
let approvals: ApprovalStore;
let worker: ReturnType<typeof startExpiryWorker> | undefined;
let connections: Redis[];

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  approvals = new ApprovalStore(redis);
});
beforeEach(async () => {
  connections = [];
  await redis.flushall();
});
afterEach(() => worker?.close());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

it("ends an approval when its time is over, also when its timer fires before that", async () => {
  start();
  const { id } = await openApproval(approvals, { expiresAfterMs: 700 });

  await addTimer(id, 1);

  await vi.waitFor(async () => expect(await stateOf(id)).toBe("expired"), { timeout: 10_000 });
  const [pending, expired] = (await approvals.get(id))?.edges ?? [];
  expect((expired?.at ?? 0) - (pending?.at ?? 0)).toBeGreaterThanOrEqual(700);
});

it("works again after it got stuck", async () => {
  start({ everyMs: 50, stuckAfterMs: 300 });
  await vi.waitFor(() => expect(connections[0]?.status).toBe("ready"));
  // A connection that is given up is what wedged workers were left with.
  connections[0]?.disconnect();
  const { id } = await openApproval(approvals, { expiresAfterMs: 1 });
  await addTimer(id, 1);

  await vi.waitFor(async () => expect(await stateOf(id)).toBe("expired"), { timeout: 15_000 });
  expect(connections.length).toBeGreaterThan(1);
});

it("is left alone while it works", async () => {
  start({ everyMs: 20, stuckAfterMs: 200 });
  const queue = new Queue(approvalQueueName, { connection: redis, prefix: redisKeys.queuePrefix });
  const canaries = vi.fn();
  await vi.waitFor(
    async () => {
      const { delayed = 0, wait = 0 } = await queue.getJobCounts("delayed", "wait");
      canaries(delayed + wait);
      expect(canaries.mock.calls.length).toBeGreaterThan(15);
    },
    { timeout: 10_000, interval: 50 },
  );

  expect(connections).toHaveLength(1);
  await queue.close();
});

function start(watch?: { everyMs: number; stuckAfterMs: number }): void {
  const log = createLog("test", "silent");
  worker = startExpiryWorker({
    connect: () => {
      const connection = connectRedis(server.url, "worker", () => {});
      connections.push(connection);
      return connection;
    },
    redis,
    expirer: new ApprovalExpirer({
      approvals,
      audit: writeTo(redis),
      log,
    }),
    log,
    ...(watch && { watch }),
  });
}

async function addTimer(id: string, delay: number): Promise<void> {
  const queue = new Queue(approvalQueueName, { connection: redis, prefix: redisKeys.queuePrefix });
  await queue.add("expire", { id }, { jobId: id, delay });
  await queue.close();
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await approvals.get(id))?.state;
}
