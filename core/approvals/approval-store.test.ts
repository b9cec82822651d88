import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
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

const approve = { operator: "olga", approve: true, reason: "", digest: "d1" };
const deny = { operator: "paul", approve: false, reason: "too risky", digest: "d1" };

describe("opening", () => {
  it("keeps everything that was asked", async () => {
    const asked = newApproval({
      groups: ["bots"],
      arguments: '{"path":"/"}',
      operations: ["write"],
    });

    const { approval, opened } = await store.open(asked);

    const { expiresAfterMs, ...request } = asked;
    expect(opened).toBe(true);
    expect(approval).toMatchObject({ ...request, state: "pending", decisions: [] });
    expect(approval.expiresAt - approval.createdAt).toBe(expiresAfterMs);
    expect(approval.id).toMatch(/^[0-9a-hjkmnp-tv-z]{8}$/);
    expect(await store.get(approval.id)).toEqual(approval);
  });

  it("attaches an identical call to the one that waits, and to the one that is approved", async () => {
    const first = await store.open(newApproval());
    const second = await store.open(newApproval());
    await store.decide(first.approval.id, approve);
    const third = await store.open(newApproval());

    expect(second).toEqual({ approval: first.approval, opened: false });
    expect(third).toMatchObject({ opened: false, approval: { state: "approved" } });
    expect(third.approval.id).toBe(first.approval.id);
  });

  it("opens one record for a hundred identical calls at once", async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => store.open(newApproval())));

    expect(all.filter((it) => it.opened)).toHaveLength(1);
    expect(new Set(all.map((it) => it.approval.id)).size).toBe(1);
  });

  it.each(["denied", "cancelled", "executing", "succeeded"] as const)(
    "does not attach to an approval that is %s",
    async (state) => {
      const id = await openIn(state);

      const { approval, opened } = await store.open(newApproval());

      expect(opened).toBe(true);
      expect(approval.id).not.toBe(id);
    },
  );

  it("does not attach to an approval whose time is over, whose end leaves the new one open", async () => {
    const { approval: old } = await store.open(newApproval({ expiresAfterMs: 1 }));
    await pause(5);
    const { approval, opened } = await store.open(newApproval());
    await store.expire(old.id);

    expect(opened).toBe(true);
    expect((await store.open(newApproval())).approval.id).toBe(approval.id);
  });
});

describe("deciding", () => {
  it("needs as many distinct operators as the quorum says", async () => {
    const { approval } = await store.open(newApproval({ quorum: 2 }));

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
    const { approval } = await store.open(newApproval({ quorum: 2 }));
    await store.decide(approval.id, approve);

    const denied = await store.decide(approval.id, { ...deny, operator: "olga" });

    expect(denied).toMatchObject({
      approval: { state: "denied", decisions: [{ operator: "olga", approve: false }] },
    });
  });

  it("tells the second operator that it was decided otherwise", async () => {
    const { approval } = await store.open(newApproval());
    await store.decide(approval.id, deny);

    const late = await store.decide(approval.id, approve);

    expect(late).toMatchObject({ kind: "already", approval: { state: "denied" } });
  });

  it("refuses a digest that is not the record's", async () => {
    const { approval } = await store.open(newApproval());

    const result = await store.decide(approval.id, { ...approve, digest: "other" });

    expect(result).toMatchObject({ kind: "digest-differs", approval: { state: "pending" } });
  });

  it("is too late when the time is over, even before the sweep", async () => {
    const { approval } = await store.open(newApproval({ expiresAfterMs: 1 }));
    await pause(5);

    expect(await store.decide(approval.id, approve)).toMatchObject({ kind: "expired" });
    expect(await store.claim(approval.id, "proxy-1")).toBe(false);
  });

  it("does not find what is not there", async () => {
    expect(await store.decide("00000000", approve)).toEqual({ kind: "not-found" });
  });
});

describe("expiring", () => {
  it("is too early before the time, and says by how much", async () => {
    const { approval } = await store.open(newApproval({ expiresAfterMs: 60_000 }));

    const result = await store.expire(approval.id);

    expect(result.kind === "too-early" && result.remainingMs).toBeGreaterThan(59_000);
  });

  it("ends an approved call that nobody began", async () => {
    const { approval } = await store.open(newApproval({ expiresAfterMs: 30 }));
    await store.decide(approval.id, approve);
    await pause(40);

    expect(await store.expire(approval.id)).toEqual({ kind: "expired" });
    expect(await store.claim(approval.id, "proxy-1")).toBe(false);
  });

  it("leaves what is missing", async () => {
    expect(await store.expire("00000000")).toEqual({ kind: "not-pending" });
  });
});

describe("the state machine", () => {
  const ended = ["denied", "cancelled", "executing", "succeeded"] as const;

  it.each(ended)("leaves what is %s, whoever wants what", async (state) => {
    const id = await openIn(state, { expiresAfterMs: 20 });
    await pause(25);

    expect(await store.expire(id)).toEqual({ kind: "not-pending", state });
    expect(await store.cancel(id, "gone")).toBe(false);
    expect(await store.claim(id, "proxy-2")).toBe(false);
    expect(await store.finish(id, "proxy-2", "failed")).toBe(false);
    expect(await store.decide(id, { ...approve, operator: "zoe" })).toMatchObject({
      kind: "already",
    });
    expect((await store.get(id))?.state).toBe(state);
  });

  it("cancels nothing that is approved, claims and finishes nothing that is pending", async () => {
    const { id } = (await store.open(newApproval())).approval;

    expect(await store.claim(id, "proxy-1")).toBe(false);
    expect(await store.finish(id, "proxy-1", "succeeded")).toBe(false);
    await store.decide(id, approve);
    expect(await store.cancel(id, "gone")).toBe(false);
    expect(await store.finish(id, "proxy-1", "succeeded")).toBe(false);
    expect((await store.get(id))?.state).toBe("approved");
  });
});

describe("executing", () => {
  it("is the right of one proxy, which alone records the end", async () => {
    const id = await openIn("approved");

    const claims = await Promise.all(["a", "b", "c"].map((proxy) => store.claim(id, proxy)));
    const winner = ["a", "b", "c"][claims.indexOf(true)] ?? "";
    const loser = ["a", "b", "c"][claims.indexOf(false)] ?? "";

    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await store.finish(id, loser, "failed")).toBe(false);
    expect(await store.finish(id, winner, "succeeded")).toBe(true);
    expect(await store.finish(id, winner, "failed")).toBe(false);
    expect(await store.get(id)).toMatchObject({ state: "succeeded", claimedBy: winner });
  });
});

describe("looking up", () => {
  it("lists the newest first, by state", async () => {
    const first = await store.open(newApproval({ digest: "d1" }));
    await pause(2);
    const second = await store.open(newApproval({ digest: "d2" }));
    await store.cancel(first.approval.id, "the agent cancelled the call");

    expect((await store.list({ limit: 10 })).map((it) => it.digest)).toEqual(["d2", "d1"]);
    expect((await store.list({ limit: 1 })).map((it) => it.digest)).toEqual(["d2"]);
    expect((await store.list({ state: "pending", limit: 10 })).map((it) => it.id)).toEqual([
      second.approval.id,
    ]);
  });

  it("finds by a beginning, as people type it", async () => {
    const { approval } = await store.open(newApproval());

    expect(await store.find(approval.id.slice(0, 5).toUpperCase())).toEqual([approval]);
    expect(await store.find("*")).toEqual([]);
    expect(await store.find("")).toEqual([]);
  });
});

describe("the keys", () => {
  it("of a finished record expire, and nothing else points to it", async () => {
    const id = await openIn("succeeded");

    expect(await redis.exists(redisKeys.approvalOfDigest("d1"))).toBe(0);
    expect(await redis.zcard(redisKeys.approvalsPending)).toBe(0);
    expect(await redis.ttl(redisKeys.approval(id))).toBeGreaterThan(6 * 24 * 3600);
  });

  it("of records that Redis dropped leave the index", async () => {
    const id = await openIn("denied");
    await redis.del(redisKeys.approval(id));

    expect(await store.sweepIndex(Date.now() + 8 * 24 * 3600_000, 100)).toBe(1);
    expect(await store.list({ limit: 10 })).toEqual([]);
  });

  it("show what is overdue", async () => {
    const { approval } = await store.open(newApproval({ expiresAfterMs: 1_000 }));

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
    const { approval } = await store.open(newApproval({ expiresAfterMs: 1 + (round % 4) }));
    const { id } = approval;
    await pause(round % 5);
    const [approved, denied, expired, cancelled, claimed] = await Promise.all([
      one.decide(id, approve),
      two.decide(id, deny),
      three.expire(id),
      four.cancel(id, "gone"),
      claimOften(five, id),
    ]);

    const state = (await store.get(id))?.state ?? "missing";
    ends.set(state, (ends.get(state) ?? 0) + 1);
    const wonApprove = approved.kind === "recorded";
    const wonEnd = Object.entries({
      denied: denied.kind === "recorded",
      expired: expired.kind === "expired",
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
    if (await store.claim(id, "proxy-1")) return true;
  }
  return false;
}

function newApproval(changes: Partial<NewApproval> = {}): NewApproval {
  return {
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
    ...changes,
  };
}

async function openIn(
  state: Extract<ApprovalState, "approved" | "denied" | "cancelled" | "executing" | "succeeded">,
  changes: Partial<NewApproval> = {},
): Promise<string> {
  const { id } = (await store.open(newApproval(changes))).approval;
  if (state === "cancelled") await store.cancel(id, "gone");
  else if (state === "denied") await store.decide(id, deny);
  else await store.decide(id, approve);
  if (state === "executing" || state === "succeeded") await store.claim(id, "proxy-1");
  if (state === "succeeded") await store.finish(id, "proxy-1", "succeeded");
  return id;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
