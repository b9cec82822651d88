import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ApprovalStore, type Fence } from "../../core/approvals/approval-store.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { createLog } from "../../core/service/log.ts";
import { fence, openApproval } from "../../test/support/approvals.ts";
import { startRedis } from "../../test/support/redis.ts";
import { RightIsOver } from "../call/sending-right.ts";
import { ExecutionRight } from "./execution-right.ts";

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
let store: ApprovalStore;
let clocks: { monotonicMs: number; wallMs: number };

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  store = new ApprovalStore(redis);
});
beforeEach(async () => {
  await redis.flushall();
  clocks = { monotonicMs: 0, wallMs: 0 };
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

it("lets a call leave, once it is claimed", async () => {
  const right = await claim();

  expect(await right?.isHeld()).toBe(true);
  expect(right?.hasDeparted).toBe(false);
  right?.depart();
  expect(right?.hasDeparted).toBe(true);
  await right?.finish("succeeded");
  expect((await store.get(right?.approvalId ?? ""))?.state).toBe("succeeded");
});

it("is given to one process, also of two that call themselves the same", async () => {
  const id = await approve();

  const rights = await Promise.all([claim(id), claim(id, { ...fence, bootId: "after a restart" })]);

  expect(rights.filter(Boolean)).toHaveLength(1);
});

it.each([
  { what: "was frozen", ahead: { monotonicMs: 25_000, wallMs: 25_000 } },
  { what: "slept with its whole machine", ahead: { monotonicMs: 0, wallMs: 25_000 } },
])("lets nothing leave a process that $what after it claimed", async ({ ahead }) => {
  const right = await claim();

  clocks = ahead;

  expect(() => right?.depart()).toThrow(RightIsOver);
  expect(right?.hasDeparted).toBe(false);
});

it("is good again for a process that asks Redis in time, and lost when it was given up", async () => {
  const right = await claim();
  clocks = { monotonicMs: 25_000, wallMs: 25_000 };

  expect(await right?.isHeld()).toBe(true);
  right?.depart();
  await redis.hset(redisKeys.approval(right?.approvalId ?? ""), "leaseUntilMs", 1);
  await store.expire(right?.approvalId ?? "");

  clocks = { monotonicMs: 26_001, wallMs: 26_001 };
  expect(await right?.isHeld()).toBe(false);
  expect(() => right?.depart()).toThrow(RightIsOver);
});

it("lets nothing leave after it was given back, and is not given back after something left", async () => {
  const given = await claim();
  expect(await given?.giveBack()).toBe(true);
  expect(() => given?.depart()).toThrow(RightIsOver);

  const again = await claim(given?.approvalId);
  again?.depart();
  expect(await again?.giveBack()).toBe(false);
});

async function approve(): Promise<string> {
  const { id, digest } = await openApproval(store);
  await store.decide(id, { operator: "olga", approve: true, reason: "", digest });
  return id;
}

async function claim(id?: string, as: Fence = fence) {
  return await ExecutionRight.claim({
    store,
    log: createLog("test", "silent"),
    approvalId: id ?? (await approve()),
    fence: as,
    clocks: { monotonic: () => clocks.monotonicMs, wall: () => clocks.wallMs },
  });
}
