import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fence, openApproval } from "../../test/support/approvals.ts";
import { startRedis } from "../../test/support/redis.ts";
import { redisKeys } from "../redis/keys.ts";
import { ApprovalStore } from "./approval-store.ts";

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
let store: ApprovalStore;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  store = new ApprovalStore(redis);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const approve = (operator: string) => ({ operator, approve: true, reason: "", digest: "d1" });
const deny = (operator: string) => ({
  ...{ operator, approve: false, reason: "no", digest: "d1" },
  denialsNeeded: 2,
});

describe("where several denials are needed", () => {
  it("one of them ends nothing, and its operator counts once", async () => {
    const { id } = await openApproval(store);

    await store.decide(id, deny("olga"));
    await store.decide(id, deny("olga"));
    expect((await store.get(id))?.state).toBe("pending");
    await store.decide(id, deny("paul"));

    expect((await store.get(id))?.state).toBe("denied");
  });

  it("who changes their mind counts only on the side of the last word", async () => {
    const { id } = await openApproval(store, { quorum: 2 });

    await store.decide(id, approve("olga"));
    await store.decide(id, deny("olga"));
    await store.decide(id, approve("paul"));
    expect((await store.get(id))?.state).toBe("pending");
    await store.decide(id, approve("olga"));

    expect((await store.get(id))?.state).toBe("approved");
    expect((await store.get(id))?.decisions).toHaveLength(2);
  });
});

describe("breaking the glass", () => {
  const alone = { ...approve("olga"), reason: "the site is down", breakGlass: true };

  it("approves at once, whatever the quorum, also for who approved before", async () => {
    const { id } = await openApproval(store, { quorum: 3 });
    await store.decide(id, approve("olga"));

    await store.decide(id, alone);

    expect(await store.get(id)).toMatchObject({
      state: "approved",
      breakGlass: "olga",
      decisions: [{ operator: "olga", breakGlass: true, reason: "the site is down" }],
    });
    expect((await store.toReview(10)).map((it) => it.id)).toEqual([id]);
  });

  it("opens nothing that was decided before", async () => {
    const { id } = await openApproval(store);
    await store.decide(id, { ...deny("paul"), denialsNeeded: 1 });

    expect(await store.decide(id, alone)).toMatchObject({ kind: "already" });

    expect(await store.toReview(10)).toEqual([]);
  });

  it("is kept until somebody else has reviewed it, then as long as any other", async () => {
    const { id } = await openApproval(store);
    await store.decide(id, alone);
    await store.claim(id, fence);
    await store.finish(id, fence, { state: "succeeded" });
    expect(await redis.pttl(redisKeys.approval(id))).toBe(-1);

    expect(await store.review(id, { by: "Olga", reason: "fine" })).toBe("own");
    expect(await store.review(id, { by: "paul", reason: "it was right" })).toBe("moved");
    expect(await store.review(id, { by: "rosa", reason: "too" })).toBe("already");

    expect((await store.get(id))?.review).toMatchObject({
      operator: "paul",
      reason: "it was right",
    });
    expect(await store.toReview(10)).toEqual([]);
    expect(await redis.pttl(redisKeys.approval(id))).toBeGreaterThan(0);
  });

  it("leaves nothing to review of what was approved by the quorum", async () => {
    const { id } = await openApproval(store);
    await store.decide(id, approve("olga"));

    expect(await store.review(id, { by: "paul", reason: "" })).toBe("refused");
  });
});
