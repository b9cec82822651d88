import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fence, newApproval, openApproval } from "../../test/support/approvals.ts";
import { startRedis } from "../../test/support/redis.ts";
import { redisKeys } from "../redis/keys.ts";
import type { ApprovalState, NewApproval } from "./approval-record.ts";
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

const other = { proxyId: "proxy-2", bootId: "boot-2" };
const gone = { by: "ci-bot", reason: "gone" };
const approve = { operator: "olga", approve: true, reason: "", digest: "d1" };
const deny = { operator: "paul", approve: false, reason: "too risky", digest: "d1" };

describe("opening", () => {
  it("keeps everything that was asked", async () => {
    const asked = newApproval({
      groups: ["bots"],
      arguments: '{"path":"/"}',
      operations: ["write"],
    });

    const { kind, approval } = await openOrFail(asked);

    const { expiresAfterMs, maxPending: _, ...request } = asked;
    expect(kind).toBe("opened");
    expect(approval).toMatchObject({ ...request, state: "pending", decisions: [] });
    expect(approval.expiresAt - approval.createdAt).toBe(expiresAfterMs);
    expect(approval.id).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/);
    expect(await store.get(approval.id)).toEqual(approval);
  });

  it("attaches an identical call, whatever it is bound to by now, until it has ended", async () => {
    const first = await openOrFail();
    const second = await openOrFail({ digest: "of another policy", identity: "call of d1" });
    await store.decide(first.approval.id, approve);
    const third = await openOrFail();
    await store.claim(first.approval.id, fence);
    const fourth = await openOrFail();

    expect(second).toEqual({ kind: "attached", approval: first.approval });
    expect([third, fourth].map(({ approval }) => [approval.id, approval.state])).toEqual([
      [first.approval.id, "approved"],
      [first.approval.id, "executing"],
    ]);
  });

  it("opens one record for a hundred identical calls at once", async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => openOrFail()));

    expect(all.filter((it) => it.kind === "opened")).toHaveLength(1);
    expect(new Set(all.map((it) => it.approval.id)).size).toBe(1);
  });

  it.each(["succeeded", "indeterminate"] as const)(
    "attaches to what has %s for as long as its outcome is kept",
    async (state) => {
      const id = await openIn(state, { keepOutcomeMs: 40 });

      expect((await openOrFail()).approval.id).toBe(id);
      await pause(60);
      expect(await openOrFail()).toMatchObject({ kind: "opened" });
    },
  );

  it("opens anew what has succeeded where no outcome is kept", async () => {
    await openIn("succeeded", { keepOutcomeMs: 0 });

    expect(await openOrFail()).toMatchObject({ kind: "opened" });
  });

  it.each(["denied", "revoked"] as const)(
    "attaches to what was %s until the agent was told",
    async (state) => {
      const id = await openIn(state);

      expect(await openOrFail()).toMatchObject({ kind: "attached", approval: { id, state } });
      await store.told(id);
      expect(await openOrFail()).toMatchObject({ kind: "opened" });
    },
  );

  it.each(["cancelled", "superseded"] as const)("opens anew what was %s", async (state) => {
    const id = await openIn(state);

    const { kind, approval } = await openOrFail();

    expect(kind).toBe("opened");
    expect(approval.id).not.toBe(id);
  });

  it("does not attach to an approval whose time is over, whose end leaves the new one open", async () => {
    const old = await openApproval(store, { expiresAfterMs: 1 });
    await pause(5);
    const { kind, approval } = await openOrFail();
    await store.expire(old.id);

    expect(kind).toBe("opened");
    expect((await openOrFail()).approval.id).toBe(approval.id);
  });

  it("is refused to an agent of which too many wait, and to no other", async () => {
    const many = await Promise.all(["d1", "d2", "d3"].map((digest) => openOrFail({ digest })));
    const refused = await store.open(newApproval({ digest: "d4", maxPending: 3 }));
    const other = await store.open(newApproval({ digest: "d5", maxPending: 3, agent: "other" }));
    await store.decide(many[0]?.approval.id ?? "", approve);
    const later = await store.open(newApproval({ digest: "d4", maxPending: 3 }));

    expect(refused).toEqual({ kind: "too-many", scope: "agent" });
    expect(other).toMatchObject({ kind: "opened" });
    expect(later).toMatchObject({ kind: "opened" });
  });

  it("does not count those of which the time is over", async () => {
    await openApproval(store, { digest: "d1", expiresAfterMs: 1 });
    await pause(5);

    expect(await store.open(newApproval({ digest: "d2", maxPending: 1 }))).toMatchObject({
      kind: "opened",
    });
  });

  it("is announced by one", async () => {
    const { id } = await openApproval(store);

    const announced = await Promise.all([1, 2, 3].map(() => store.announce(id)));

    expect(announced.filter(Boolean)).toHaveLength(1);
  });
});

describe("deciding", () => {
  it("needs as many distinct operators as the quorum says", async () => {
    const approval = await openApproval(store, { quorum: 2 });

    const once = await store.decide(approval.id, approve);
    const again = await store.decide(approval.id, approve);
    const other = await store.decide(approval.id, { ...approve, operator: "paul" });

    expect(once).toMatchObject({ kind: "recorded", approval: { state: "pending" } });
    expect(again).toEqual(once);
    expect(other).toMatchObject({ kind: "recorded", approval: { state: "approved" } });
    expect(other.kind === "recorded" && other.approval.decisions.map((it) => it.operator)).toEqual([
      "olga",
      "paul",
    ]);
  });

  it("ends with one denial, also of an operator who approved before", async () => {
    const approval = await openApproval(store, { quorum: 2 });
    await store.decide(approval.id, approve);

    const denied = await store.decide(approval.id, { ...deny, operator: "olga" });

    expect(denied).toMatchObject({
      approval: { state: "denied", decisions: [{ operator: "olga", approve: false }] },
    });
  });

  it("tells the second operator that it was decided otherwise", async () => {
    const approval = await openApproval(store);
    await store.decide(approval.id, deny);

    const late = await store.decide(approval.id, approve);

    expect(late).toMatchObject({ kind: "already", approval: { state: "denied" } });
  });

  it("refuses a digest that is not the record's", async () => {
    const approval = await openApproval(store);

    const result = await store.decide(approval.id, { ...approve, digest: "other" });

    expect(result).toMatchObject({ kind: "digest-differs", approval: { state: "pending" } });
  });

  it("is too late when the time is over, even before the sweep", async () => {
    const approval = await openApproval(store, { expiresAfterMs: 1 });
    await pause(5);

    expect(await store.decide(approval.id, approve)).toMatchObject({ kind: "expired" });
    expect(await store.claim(approval.id, fence)).toBe(false);
  });

  it("does not find what is not there", async () => {
    expect(await store.decide("00000000", approve)).toEqual({ kind: "not-found" });
  });
});

describe("expiring", () => {
  it("is too early before the time, and says by how much", async () => {
    const approval = await openApproval(store, { expiresAfterMs: 60_000 });

    const result = await store.expire(approval.id);

    expect(result.kind === "too-early" && result.remainingMs).toBeGreaterThan(59_000);
  });

  it("lets an approval lapse whose call nobody began, by a clock that starts when it is approved", async () => {
    const { id } = await openApproval(store, { expiresAfterMs: 30, executeWithinMs: 50 });
    await pause(20);
    await store.decide(id, approve);
    await pause(20);

    expect(await store.expire(id)).toMatchObject({ kind: "too-early" });
    await pause(40);
    expect(await store.claim(id, fence)).toBe(false);
    expect(await store.expire(id)).toEqual({ kind: "ended", state: "lapsed" });
  });

  it("leaves what is missing", async () => {
    expect(await store.expire("00000000")).toEqual({ kind: "not-pending" });
  });
});

describe("the state machine", () => {
  const ended = [
    "denied",
    "cancelled",
    "succeeded",
    "failed",
    "superseded",
    "revoked",
    "indeterminate",
  ] as const;

  it.each(ended)("leaves what is %s, whoever wants what", async (state) => {
    const id = await openIn(state, { expiresAfterMs: 20 });
    await pause(25);

    expect(await store.expire(id)).toEqual({ kind: "not-pending", state });
    expect(await store.cancel(id, gone)).toBe(false);
    expect(await store.revoke(id, gone)).toBe(false);
    expect(await store.supersede(id, gone)).toBe(false);
    expect(await store.confirm(id, 2)).toBe(false);
    expect(await store.claim(id, other)).toBe(false);
    expect(await store.renew(id, other)).toBe(false);
    expect(await store.finish(id, other, { state: "failed" })).toBe(false);
    expect(await store.decide(id, { ...approve, operator: "zoe" })).toMatchObject({
      kind: "already",
    });
    expect((await store.get(id))?.state).toBe(state);
  });

  it("leaves what executes to its executor", async () => {
    const id = await openIn("executing");

    expect(await store.cancel(id, gone)).toBe(false);
    expect(await store.revoke(id, gone)).toBe(false);
    expect(await store.supersede(id, gone)).toBe(false);
    expect(await store.expire(id)).toMatchObject({ kind: "too-early" });
    expect(await store.claim(id, other)).toBe(false);
    expect(await store.finish(id, other, { state: "failed" })).toBe(false);
  });

  it("cancels nothing that is approved, claims and finishes nothing that is pending", async () => {
    const { id } = await openApproval(store);

    expect(await store.claim(id, fence)).toBe(false);
    expect(await store.revoke(id, gone)).toBe(false);
    expect(await store.finish(id, fence, { state: "succeeded" })).toBe(false);
    await store.decide(id, approve);
    expect(await store.cancel(id, gone)).toBe(false);
    expect(await store.finish(id, fence, { state: "succeeded" })).toBe(false);
    expect((await store.get(id))?.state).toBe("approved");
  });

  it("keeps every change with its time and who made it", async () => {
    const id = await openIn("succeeded");

    const edges = (await store.get(id))?.edges ?? [];

    expect(edges.map(({ state, by }) => `${state} by ${by}`)).toEqual([
      "pending by ci-bot",
      "approved by olga",
      "executing by proxy-1",
      "succeeded by proxy-1",
    ]);
    expect(edges.every(({ at }, index) => at >= (edges[index - 1]?.at ?? 1))).toBe(true);
  });

  it("keeps why it ended, and which later policy asked for the same", async () => {
    const { id } = await openApproval(store);
    await store.confirm(id, 7);
    await store.supersede(id, { by: "proxy-1", reason: "the tool changed" });

    expect(await store.get(id)).toMatchObject({
      state: "superseded",
      policyVersion: 1,
      confirmedVersion: 7,
      endReason: "the tool changed",
    });
  });
});

describe("executing", () => {
  it("is the right of one process, which alone records the end", async () => {
    const id = await openIn("approved");
    const fences = ["a", "b", "c"].map((bootId) => ({ proxyId: "proxy-1", bootId }));

    const claims = await Promise.all(fences.map((it) => store.claim(id, it)));
    const [winner = other] = fences.filter((_, index) => claims[index]);
    const [loser = other] = fences.filter((_, index) => !claims[index]);

    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await store.finish(id, loser, { state: "failed" })).toBe(false);
    expect(await store.finish(id, winner, { state: "succeeded" })).toBe(true);
    expect(await store.finish(id, winner, { state: "failed" })).toBe(false);
    expect(await store.get(id)).toMatchObject({ state: "succeeded", claimedBy: "proxy-1" });
  });

  it("is given up when its process does not renew the right, and stays so when it comes back", async () => {
    const id = await openIn("indeterminate");

    expect(await store.renew(id, fence)).toBe(false);
    expect(await store.finish(id, fence, { state: "succeeded" })).toBe(true);
    expect(await store.finish(id, fence, { state: "failed" })).toBe(false);
    expect(await store.get(id)).toMatchObject({ state: "indeterminate", settledAs: "succeeded" });
  });

  it.each([0, 60_000])(
    "that was given back is approved as before, where outcomes are kept %i ms",
    async (keepOutcomeMs) => {
      const id = await openIn("executing", { keepOutcomeMs });

      expect(await store.giveBack(id, other)).toBe(false);
      expect(await store.giveBack(id, fence)).toBe(true);

      expect(await openOrFail()).toMatchObject({
        kind: "attached",
        approval: { id, state: "approved" },
      });
      expect(await store.finish(id, fence, { state: "succeeded" })).toBe(false);
      expect(await store.claim(id, other)).toBe(true);
      expect(await store.giveBack(id, fence)).toBe(false);
    },
  );

  it("is not given back when the time to begin is over", async () => {
    const id = await openIn("executing", { executeWithinMs: 60_000 });
    await redis.hset(redisKeys.approval(id), "executeByMs", 1);

    expect(await store.giveBack(id, fence)).toBe(false);
  });

  it("goes on for as long as the right is renewed", async () => {
    const id = await openIn("executing");
    await redis.hset(redisKeys.approval(id), "leaseUntilMs", Date.now() + 1_000);

    expect(await store.renew(id, fence)).toBe(true);
    const early = await store.expire(id);
    expect(early.kind === "too-early" && early.remainingMs).toBeGreaterThan(20_000);
  });
});

describe("looking up", () => {
  it("lists the newest first, by state", async () => {
    const first = await openApproval(store, { digest: "d1" });
    await pause(2);
    const second = await openApproval(store, { digest: "d2" });
    await store.cancel(first.id, gone);

    expect((await store.list({ limit: 10 })).map((it) => it.digest)).toEqual(["d2", "d1"]);
    expect((await store.list({ limit: 1 })).map((it) => it.digest)).toEqual(["d2"]);
    expect((await store.list({ state: "pending", limit: 10 })).map((it) => it.id)).toEqual([
      second.id,
    ]);
  });

  it("finds by a beginning, as people type it", async () => {
    const approval = await openApproval(store);

    expect(await store.find(approval.id.slice(0, 5).toUpperCase())).toEqual([approval]);
    expect(await store.find("*")).toEqual([]);
    expect(await store.find("")).toEqual([]);
  });
});

describe("the keys", () => {
  it("of a finished record expire, and nothing else points to it", async () => {
    const id = await openIn("succeeded", { keepOutcomeMs: 0 });

    expect(await redis.exists(redisKeys.approvalOfCall("call of d1"))).toBe(0);
    expect(await redis.zcard(redisKeys.approvalsPending)).toBe(0);
    expect(await redis.exists(redisKeys.approvalsOfAgent("ci-bot"))).toBe(0);
    expect(await redis.ttl(redisKeys.approval(id))).toBeGreaterThan(6 * 24 * 3600);
  });

  it("of records that Redis dropped leave the index", async () => {
    const id = await openIn("denied");
    await redis.del(redisKeys.approval(id));

    expect(await store.sweepIndex(Date.now() + 8 * 24 * 3600_000, 100)).toBe(1);
    expect(await store.list({ limit: 10 })).toEqual([]);
  });

  it("show what is overdue", async () => {
    const approval = await openApproval(store, { expiresAfterMs: 1_000 });

    expect(await store.overdue(Date.now(), 10)).toEqual([]);
    expect(await store.overdue(Date.now() + 2_000, 10)).toEqual([approval.id]);
  });

  it("tell every change on the channel", async () => {
    const told: string[] = [];
    const subscriber = new Redis(server.url);
    await subscriber.subscribe(redisKeys.approvalChannel);
    subscriber.on("message", (_channel, id) => told.push(id));

    const id = await openIn("succeeded");

    await expect.poll(() => told).toEqual([id, id, id, id]);
    subscriber.disconnect();
  });
});

it("lets exactly one win when operators, expiry, a cancel and a claim race, and never runs what was denied", async () => {
  const clients = Array.from({ length: 5 }, () => new Redis(server.url));
  const [one, two, three, four, five] = clients.map((client) => new ApprovalStore(client));
  if (!one || !two || !three || !four || !five) throw new Error("unreachable");
  const ends = new Map<string, number>();

  for (let round = 0; round < 600; round += 1) {
    const expiresAfterMs = 1 + (round % 4);
    const { id } = await openApproval(store, { identity: `round ${round}`, expiresAfterMs });
    const soon = () => pause(Math.random() * 4);
    const [approved, denied, expired, cancelled, claimed] = await Promise.all([
      soon().then(() => one.decide(id, approve)),
      soon().then(() => two.decide(id, deny)),
      soon().then(() => three.expire(id)),
      soon().then(() => four.cancel(id, gone)),
      soon().then(() => claimOften(five, id)),
    ]);

    const state = (await store.get(id))?.state ?? "missing";
    ends.set(state, (ends.get(state) ?? 0) + 1);
    const wonApprove = approved.kind === "recorded";
    const wonEnd = Object.entries({
      denied: denied.kind === "recorded",
      expired: expired.kind === "ended",
      cancelled,
      executing: claimed,
    }).flatMap(([end, won]) => (won ? [end] : []));
    expect(wonEnd).toEqual(["pending", "approved"].includes(state) ? [] : [state]);
    const approvalMattered = state === "approved" || state === "executing";
    expect(wonApprove || !approvalMattered).toBe(true);
    expect(wonApprove && ["pending", "denied", "cancelled"].includes(state)).toBe(false);
  }
  expect(ends.size).toBeGreaterThan(2);
  for (const client of clients) client.disconnect();
}, 60_000);

async function claimOften(store: ApprovalStore, id: string): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await store.claim(id, fence)) return true;
  }
  return false;
}

async function openOrFail(changes: Partial<NewApproval> = {}) {
  const result = await store.open(newApproval(changes));
  if (result.kind === "too-many") throw new Error("too many");
  return result;
}

async function openIn(
  state: Exclude<ApprovalState, "pending" | "expired" | "lapsed">,
  changes: Partial<NewApproval> = {},
): Promise<string> {
  const { id } = await openApproval(store, changes);
  if (state === "cancelled") await store.cancel(id, gone);
  else if (state === "superseded") await store.supersede(id, gone);
  else if (state === "denied") await store.decide(id, deny);
  else await store.decide(id, approve);
  if (state === "revoked") await store.revoke(id, { by: "olga", reason: "a mistake" });
  const executed = ["executing", "succeeded", "failed", "indeterminate"].includes(state);
  if (executed) await store.claim(id, fence);
  if (state === "succeeded" || state === "failed") await store.finish(id, fence, { state });
  if (state === "indeterminate") {
    await redis.hset(redisKeys.approval(id), "leaseUntilMs", 1);
    await store.expire(id);
  }
  return id;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
