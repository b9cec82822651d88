import { Redis } from "ioredis";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import type { Charge } from "../../core/policy/decide.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { createLog } from "../../core/service/log.ts";
import { freshRedisUrl, startRedis } from "../../test/support/redis.ts";
import type { LimitSubject } from "./counter.ts";
import { Limiter } from "./limiter.ts";
import type { LimitResult } from "./reading.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const log = createLog("test", "silent");
const subject: LimitSubject = {
  tenant: "",
  agent: "ann",
  groups: [],
  route: "/mcp",
  upstream: "files",
  tool: "files/write_file",
  operations: ["write"],
  session: "",
};

type LimitChanges = Partial<CompiledLimit> & {
  readonly requests?: number;
  readonly windowMs?: number;
};

function limit({ requests = 2, windowMs = 60_000, ...changes }: LimitChanges = {}): CompiledLimit {
  return {
    name: "writes",
    matcher: () => "yes" as const,
    per: ["agent"],
    perValueOf: [],
    quotas: [{ kind: "requests", amount: requests, windowMs }],
    costs: [],
    namesMethods: false,
    whenRedisIsDown: "deny",
    shadow: false,
    refuseWith: "error",
    countsHeld: false,
    maxSubjects: 10_000,
    ...changes,
  };
}

const charge = (limit: CompiledLimit, cost = 1, ...values: (string | undefined)[]): Charge => ({
  limit,
  cost,
  values,
});

/** Makes a call that ends at once. */
async function check(
  limiter: Limiter,
  limits: readonly (CompiledLimit | Charge)[],
  changes: Partial<LimitSubject> = {},
): Promise<LimitResult> {
  const admission = limiter.admission();
  const charges = limits.map((item) => ("limit" in item ? item : charge(item)));
  const result = await admission.take(charges, { ...subject, ...changes });
  admission.end();
  return result;
}

function createLimiter(redis: Redis, liveProxies?: number): Limiter {
  const limiter = new Limiter({ redis, log, liveProxies: () => liveProxies });
  closers.push(() => limiter.close());
  return limiter;
}

async function connect(url: string): Promise<Redis> {
  const redis = connectRedis(url, "limits", () => {});
  closers.push(() => redis.disconnect());
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
  return redis;
}

/** One that nothing listens for. */
function unconnectedRedis(): Redis {
  const redis = new Redis(1, { lazyConnect: true, enableOfflineQueue: false });
  redis.on("error", () => {});
  closers.push(() => redis.disconnect());
  return redis;
}

async function startLimiter(): Promise<{ limiter: Limiter; redis: Redis; url: string }> {
  const url = await freshRedisUrl();
  const redis = await connect(url);
  return { limiter: createLimiter(redis), redis, url };
}

describe("a limit", () => {
  it("refuses the call after the last, and says how long to wait", async () => {
    const { limiter } = await startLimiter();
    await check(limiter, [limit()]);

    const last = await check(limiter, [limit()]);
    const refused = await check(limiter, [limit()]);

    expect(last.refused).toBeUndefined();
    expect(last.checked).toMatchObject([{ name: "writes", remaining: 0, source: "redis" }]);
    expect(refused.refused).toMatchObject({
      limit: "writes",
      scope: "2 calls in 60 s for each agent",
    });
    expect(refused.refused?.retryAfterMs).toBeGreaterThan(59_000);
    expect(refused.refused?.retryAfterMs).toBeLessThanOrEqual(61_000);
  });

  it("is shared by every proxy", async () => {
    const { limiter, url } = await startLimiter();
    const other = createLimiter(await connect(url));
    await check(limiter, [limit()]);
    await check(other, [limit()]);

    expect((await check(limiter, [limit()])).refused).toBeDefined();
    expect((await check(other, [limit()])).refused).toBeDefined();
  });

  it("lets the call through that waits as long as it was told", async () => {
    const { limiter } = await startLimiter();
    const short = limit({ requests: 1, windowMs: 1_000 });
    await check(limiter, [short]);

    for (let round = 0; round < 2; round += 1) {
      await check(limiter, [short]);
      const refused = await check(limiter, [short]);
      await new Promise((resolve) => setTimeout(resolve, (refused.refused?.retryAfterMs ?? 0) + 1));
      expect((await check(limiter, [short])).refused).toBeUndefined();
    }
  });

  it("goes on counting when its amount changes: a lowered limit takes effect at once", async () => {
    const { limiter } = await startLimiter();
    const raised = limit({ requests: 4 });
    for (let call = 0; call < 3; call += 1) await check(limiter, [raised]);

    expect((await check(limiter, [limit({ requests: 2 })])).refused).toBeDefined();
    expect((await check(limiter, [raised])).refused).toBeUndefined();
    expect((await check(limiter, [raised])).refused).toBeDefined();
  });

  it("starts anew when its window changes", async () => {
    const { limiter } = await startLimiter();
    for (let call = 0; call < 3; call += 1) await check(limiter, [limit()]);

    expect((await check(limiter, [limit({ windowMs: 90_000 })])).refused).toBeUndefined();
  });

  it("counts what it tells apart separately, whatever delimiters the names hold", async () => {
    const { limiter } = await startLimiter();
    const once = limit({ requests: 1, per: ["agent", "tool"] });
    const subjects = [
      { agent: "a", tool: "b:c" },
      { agent: "a:b", tool: "c" },
      { agent: 'a","b', tool: "c" },
      { agent: "a", tool: 'b","c' },
    ];

    for (const names of subjects) {
      expect((await check(limiter, [once], names)).refused).toBeUndefined();
    }
  });

  it("counts each operation of a call by itself when it is per operation", async () => {
    const { limiter } = await startLimiter();
    const once = limit({ requests: 1, per: ["operation"] });
    await check(limiter, [once], { operations: ["write", "delete"] });

    expect((await check(limiter, [once], { operations: ["delete"] })).refused).toBeDefined();
    expect((await check(limiter, [once], { operations: ["read"] })).refused).toBeUndefined();
  });

  it("per operation still counts calls that belong to none", async () => {
    const { limiter } = await startLimiter();
    const once = limit({ requests: 1, per: ["operation"] });
    await check(limiter, [once], { operations: [] });

    expect((await check(limiter, [once], { operations: [] })).refused).toBeDefined();
  });

  it("survives that Redis forgets its scripts", async () => {
    const { limiter, redis } = await startLimiter();
    await check(limiter, [limit()]);
    await redis.script("FLUSH");

    expect((await check(limiter, [limit()])).checked).toMatchObject([{ remaining: 0 }]);
  });

  it("leaves nothing in Redis that does not expire", async () => {
    const { limiter, redis } = await startLimiter();
    await check(limiter, [limit(), limit({ name: "hourly", windowMs: 3_600_000 })]);

    const keys = await redis.keys("*");
    const lives = await Promise.all(keys.map((key) => redis.pttl(key)));
    expect(lives).toHaveLength(2);
    expect(Math.min(...lives)).toBeGreaterThan(60_000);
  });
});

describe("what is counted apart", () => {
  const names = ["tenant", "group", "agent", "route", "upstream", "tool", "session"] as const;

  it.each(names)("can be each %s", async (name) => {
    const { limiter } = await startLimiter();
    const once = limit({ requests: 1, per: [name] });
    const of = (value: string) => (name === "group" ? { groups: [value] } : { [name]: value });
    const others = { tenant: "t", agent: "someone", tool: "files/else", groups: ["x"] };
    await check(limiter, [once], of("one"));

    const sameButOther = name === "agent" || name === "group" || name === "session" ? {} : others;
    expect((await check(limiter, [once], { ...sameButOther, ...of("one") })).refused).toBeDefined();
    expect((await check(limiter, [once], of("two"))).refused).toBeUndefined();
  });

  it("keeps agents, groups and sessions of the same name in two tenants apart", async () => {
    const { limiter } = await startLimiter();
    const limits = (["agent", "group", "session"] as const).map((name) =>
      limit({ name, requests: 1, per: [name] }),
    );
    const named = { groups: ["g"], session: "s" };
    await check(limiter, limits, { ...named, tenant: "one" });

    expect((await check(limiter, limits, { ...named, tenant: "one" })).refused).toBeDefined();
    expect((await check(limiter, limits, { ...named, tenant: "two" })).refused).toBeUndefined();
  });

  it("is counted over all tenants where it belongs to none", async () => {
    const { limiter } = await startLimiter();
    const once = limit({ requests: 1, per: ["tool"] });
    await check(limiter, [once], { tenant: "one" });

    expect((await check(limiter, [once], { tenant: "two", agent: "bob" })).refused).toBeDefined();
  });

  it("counts a call in each group of its agent", async () => {
    const { limiter } = await startLimiter();
    const once = limit({ requests: 1, per: ["group"] });
    await check(limiter, [once], { groups: ["data", "ops"] });

    expect((await check(limiter, [once], { agent: "bob", groups: ["ops"] })).refused).toBeDefined();
    expect((await check(limiter, [once], { groups: ["web"] })).refused).toBeUndefined();
    expect((await check(limiter, [once], { groups: [] })).refused).toBeUndefined();
    expect((await check(limiter, [once], { groups: [] })).refused).toBeDefined();
  });

  it("counts calls whose value is not known together, and apart from every value", async () => {
    const { limiter } = await startLimiter();
    const read = () => undefined;
    const once = limit({ requests: 1, per: [], perValueOf: [{ source: "args.customer", read }] });
    const named = (value: string | undefined) => charge(once, 1, value);
    await check(limiter, [named(undefined)]);

    expect((await check(limiter, [named(undefined)])).refused).toBeDefined();
    expect((await check(limiter, [named("?")])).refused).toBeUndefined();
    expect((await check(limiter, [named("c-1")])).refused).toBeUndefined();
    expect((await check(limiter, [named("c-1")])).refused).toBeDefined();
  });

  it("lets an agent begin only so many counters, so that it cannot fill Redis", async () => {
    const { limiter, redis } = await startLimiter();
    const read = () => undefined;
    const few = limit({
      requests: 1_000,
      perValueOf: [{ source: "args.customer", read }],
      maxSubjects: 3,
    });
    const values = ["a", "b", "c"];
    for (const value of values) await check(limiter, [charge(few, 1, value)]);
    const keysBefore = (await redis.keys("*")).length;

    const refused = await check(limiter, [charge(few, 1, "d")]);

    expect(refused.refused?.scope).toMatch(/^3 different/);
    expect(await redis.keys("*")).toHaveLength(keysBefore);
    for (const value of values) {
      expect((await check(limiter, [charge(few, 1, value)])).refused).toBeUndefined();
    }
    const other = await check(limiter, [charge(few, 1, "d")], { agent: "bob" });
    expect(other.refused).toBeUndefined();
  });

  it("has keys of bounded length, whatever agents choose, and no arguments in them", async () => {
    const { limiter, redis } = await startLimiter();
    const wide = limit({
      per: ["tenant", "agent", "group", "route", "upstream", "tool", "operation", "session"],
      perValueOf: [{ source: "args.iban", read: () => undefined }],
    });
    const long = "\u{1F680}}{:*?=".repeat(10_000);
    const chosen = { tenant: long, agent: long, groups: [long], tool: long, session: long };
    const result = await check(limiter, [charge(wide, 1, "DE02120300000000202051")], chosen);

    expect(result.refused).toBeUndefined();
    const keys = await redis.keys("*");
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key.length).toBeLessThan(500);
      expect(key).not.toContain("DE02");
      expect(key.match(/[{}]/g)).toHaveLength(2);
    }
  });

  it("refuses what has more counters than can be counted", async () => {
    const { limiter } = await startLimiter();
    const groups = Array.from({ length: 1_025 }, (_, index) => `group-${index}`);
    const many = limit({ requests: 1_000, per: ["group"] });

    expect((await check(limiter, [many], { groups })).refused).toBeDefined();
  });
});

describe("a budget", () => {
  const budget = (amount: number, windowMs = 60_000) =>
    limit({ name: "budget", quotas: [{ kind: "cost", amount, windowMs }] });

  it("is used up by what calls cost, and what costs less may still pass", async () => {
    const { limiter } = await startLimiter();
    await check(limiter, [charge(budget(10), 7)]);

    const dear = await check(limiter, [charge(budget(10), 4)]);
    expect(dear.refused?.scope).toBe("a total cost of 10 in 60 s for each agent");
    expect((await check(limiter, [charge(budget(10), 4)])).refused).toBeDefined();
    expect((await check(limiter, [charge(budget(10), 3)])).refused).toBeUndefined();
    expect((await check(limiter, [charge(budget(10), 0)])).refused).toBeUndefined();
    expect((await check(limiter, [charge(budget(10), 1)])).refused).toBeDefined();
  });

  it("lets the call through that waited until there was room for what it costs", async () => {
    const { limiter } = await startLimiter();
    await check(limiter, [charge(budget(10, 1_000), 6)]);
    const refused = await check(limiter, [charge(budget(10, 1_000), 8)]);

    await new Promise((resolve) => setTimeout(resolve, (refused.refused?.retryAfterMs ?? 0) + 1));

    expect((await check(limiter, [charge(budget(10, 1_000), 8)])).refused).toBeUndefined();
  });
});

describe("calls at a time", () => {
  const two = limit({ name: "two", quotas: [{ kind: "concurrent", amount: 2 }] });

  it("are counted over all proxies, until they end", async () => {
    const { limiter, url } = await startLimiter();
    const other = createLimiter(await connect(url));
    const [first, second, third] = [limiter.admission(), other.admission(), other.admission()];
    expect((await first.take([charge(two)], subject)).refused).toBeUndefined();
    expect((await second.take([charge(two)], subject)).refused).toBeUndefined();

    const refused = await third.take([charge(two)], subject);
    expect(refused.refused).toMatchObject({ scope: "2 calls at a time for each agent" });
    first.end();

    await vi.waitFor(async () =>
      expect((await third.take([charge(two)], subject)).refused).toBeUndefined(),
    );
  });

  it("count one call once, also when it looked before it was made", async () => {
    const { limiter, redis } = await startLimiter();
    const keeping = { ...two, countsHeld: true };
    const admission = limiter.admission();
    await admission.look([charge(keeping)], subject);
    await admission.take([charge(keeping)], subject);

    const [key = ""] = await redis.keys("*");
    expect(await redis.zcard(key)).toBe(1);
  });

  it("leave out those that only wait, unless the limit counts them", async () => {
    const { limiter } = await startLimiter();
    const waiting = [limiter.admission(), limiter.admission()];
    for (const admission of waiting) await admission.look([charge(two)], subject);
    expect((await check(limiter, [two])).refused).toBeUndefined();

    const keeping = { ...two, countsHeld: true };
    for (const admission of waiting) await admission.look([charge(keeping)], subject);
    expect((await check(limiter, [keeping])).refused).toBeDefined();
    for (const admission of waiting) admission.end();
    await vi.waitFor(async () => expect((await check(limiter, [two])).refused).toBeUndefined());
  });

  it("end by themselves when their proxy dies, and not while it lives", async () => {
    const { limiter, redis } = await startLimiter();
    await limiter.admission().take([charge(two)], subject);
    const [key = ""] = await redis.keys("*");
    expect(await redis.pttl(key)).toBeGreaterThan(20_000);
    // As Redis sees it after the proxies have been silent for as long as a lease lasts.
    const [lease = ""] = await redis.zrangebyscore(key, "-inf", "+inf");
    await redis.call("ZADD", key, `${Date.now() - 1}`, lease);
    await redis.call("ZADD", key, `${Date.now() - 1}`, "of a proxy that died");
    expect((await check(limiter, [two])).checked).toMatchObject([{ remaining: 1 }]);

    await limiter.leases.renew();

    expect((await check(limiter, [two])).checked).toMatchObject([{ remaining: 0 }]);
    expect(await redis.zscore(key, lease)).not.toBeNull();
  });

  it("are given up once Redis answers again", async () => {
    const { limiter, redis } = await startLimiter();
    const admission = limiter.admission();
    await admission.take([charge(two)], subject);
    const [key = ""] = await redis.keys("*");
    vi.spyOn(redis, "zrem").mockRejectedValueOnce(new Error("away"));
    admission.end();
    expect(await redis.zcard(key)).toBe(1);

    await limiter.leases.renew();

    expect(await redis.zcard(key)).toBe(0);
  });
});

describe("a call that waits before it is made", () => {
  it("uses nothing up by looking, and is told when there is no room", async () => {
    const { limiter } = await startLimiter();
    const waiting = limiter.admission();
    for (let round = 0; round < 5; round += 1) {
      const looked = await waiting.look([charge(limit())], subject);
      expect(looked).toMatchObject({ checked: [{ remaining: 2, refused: false }] });
    }
    await check(limiter, [limit()]);
    await check(limiter, [limit()]);

    expect((await waiting.look([charge(limit())], subject)).refused).toBeDefined();
  });

  it("gives back what it took when it is not made after all", async () => {
    const { limiter } = await startLimiter();
    const limits = [limit(), limit({ name: "wide", requests: 30, windowMs: 1_000 })];
    for (let round = 0; round < 5; round += 1) {
      const admission = limiter.admission();
      expect(
        (
          await admission.take(
            limits.map((one) => charge(one)),
            subject,
          )
        ).refused,
      ).toBeUndefined();
      await admission.refund();
      await admission.refund();
    }
    const left = await check(limiter, limits);
    expect(left.checked).toMatchObject([{ remaining: 1 }, { remaining: 29 }]);
  });
});

describe("several limits", () => {
  it("count a call in all of them or in none, and name the longest wait", async () => {
    const { limiter } = await startLimiter();
    const wide = limit({ name: "wide", requests: 5 });
    const narrow = limit({ name: "narrow", requests: 1 });
    const long = limit({ name: "long", requests: 1, windowMs: 7_200_000 });
    await check(limiter, [wide, narrow, long]);

    const refused = await check(limiter, [wide, narrow, long]);
    const onlyWide = await check(limiter, [wide]);

    expect(refused.refused?.limit).toBe("long");
    expect(onlyWide.checked).toMatchObject([{ name: "wide", remaining: 3 }]);
  });

  it("that only shadow count and report, but refuse nothing", async () => {
    const { limiter } = await startLimiter();
    const shadow = limit({ name: "shadow", requests: 1, shadow: true });
    await check(limiter, [shadow, limit()]);

    const second = await check(limiter, [shadow, limit()]);

    expect(second.refused).toBeUndefined();
    expect(second.checked).toMatchObject([
      { name: "shadow", refused: true, shadow: true, remaining: 0 },
      { name: "writes", refused: false, remaining: 0 },
    ]);
  });

  it("do not ask Redis when there are none", async () => {
    const unconnected = unconnectedRedis();
    const limiter = createLimiter(unconnected);

    expect(await check(limiter, [])).toEqual({ checked: [] });
  });
});

describe("the memory of refusals", () => {
  it("asks Redis again at once when an operator has cleared a limit", async () => {
    const { redis, url } = await startLimiter();
    const subscriber = await connect(url);
    const limiter = new Limiter({ redis, subscriber, log, liveProxies: () => 1 });
    closers.push(() => limiter.close());
    const limits = [limit({ requests: 1 })];
    await check(limiter, limits);
    // Time stands still: what is remembered does not end by itself.
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now);
    closers.push(() => vi.restoreAllMocks());
    expect((await check(limiter, limits)).refused).toBeDefined();
    await redis.flushdb();
    expect((await check(limiter, limits)).refused).toBeDefined();

    await redis.publish(redisKeys.limitsResetChannel, "writes");

    await vi.waitFor(async () => expect((await check(limiter, limits)).refused).toBeUndefined());
  });

  it("spares Redis the calls of an agent that hammers", async () => {
    const { limiter, redis } = await startLimiter();
    for (let call = 0; call < 3; call += 1) await check(limiter, [limit()]);
    redis.disconnect();

    const refused = await check(limiter, [limit(), limit({ name: "other" })]);

    expect(refused.refused).toMatchObject({
      limit: "writes",
      scope: "2 calls in 60 s for each agent",
    });
    expect(refused.refused?.retryAfterMs).toBeGreaterThan(58_000);
  });

  it("is short, so that a quota cleared in Redis counts again soon", async () => {
    const { limiter, redis } = await startLimiter();
    for (let call = 0; call < 3; call += 1) await check(limiter, [limit()]);
    await redis.flushdb();

    await vi.waitFor(
      async () => expect((await check(limiter, [limit()])).refused).toBeUndefined(),
      { timeout: 5_000 },
    );
  });
});

describe("without Redis", () => {
  const open = limit({ name: "open", whenRedisIsDown: "allow" });

  async function whileDown(limiter: Limiter): Promise<void> {
    const closed = await check(limiter, [open, limit()]);
    expect(closed.refused).toMatchObject({
      source: "none",
      limit: "writes",
      scope: "2 calls in 60 s for each agent; calls cannot be counted at the moment",
      retryAfterMs: 1_000,
    });
    const passed = await check(limiter, [open, limit({ name: "shadow", shadow: true })]);
    expect(passed.refused).toBeUndefined();
    expect(passed.checked).toMatchObject([
      { name: "open", refused: false, source: "none" },
      { name: "shadow", refused: false, source: "none" },
    ]);
  }

  it("a proxy admits its share of a limit that says so, and says that it counts alone", async () => {
    const server = await startRedis();
    const redis = await connect(server.url);
    const limiter = createLimiter(redis, 3);
    const local = limit({ name: "local", requests: 10, whenRedisIsDown: "local" });
    const atATime = limit({
      name: "at-a-time",
      quotas: [{ kind: "concurrent", amount: 5 }],
      whenRedisIsDown: "local",
    });
    // What was admitted before counts too.
    await check(limiter, [local]);
    await server.stop();

    for (let call = 0; call < 2; call += 1) {
      expect(await check(limiter, [local])).toMatchObject({
        checked: [{ source: "local", remaining: 1 - call }],
      });
    }
    const refused = await check(limiter, [local]);
    expect(refused.refused).toMatchObject({ limit: "local", source: "local" });
    expect(refused.refused?.scope).toContain("this proxy counts its share alone");
    expect(refused.refused?.retryAfterMs).toBeGreaterThan(50_000);

    const running = limiter.admission();
    expect((await running.take([charge(atATime)], subject)).refused).toBeUndefined();
    expect((await check(limiter, [atATime])).refused).toBeDefined();
    running.end();
    expect((await check(limiter, [atATime])).refused).toBeUndefined();
  });

  it("a proxy that does not know how many there are has no share", async () => {
    const unconnected = unconnectedRedis();
    const limiter = createLimiter(unconnected);

    const refused = await check(limiter, [limit({ requests: 100, whenRedisIsDown: "local" })]);

    expect(refused.refused).toBeDefined();
  });

  it("each limit does as it was told, when Redis was killed", async () => {
    const server = await startRedis();
    const redis = await connect(server.url);
    const limiter = createLimiter(redis);
    await check(limiter, [limit()]);

    await server.stop();

    await whileDown(limiter);
  });

  it("each limit does as it was told while Redis hangs, and counting resumes by itself", async () => {
    const server = await startRedis();
    closers.push(server.stop);
    const redis = await connect(server.url);
    const limiter = createLimiter(redis);
    await check(limiter, [limit()]);
    const pid = Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);

    process.kill(pid, "SIGSTOP");
    try {
      await Promise.all(Array.from({ length: 8 }, () => check(limiter, [limit()])));
      for (let call = 0; call < 100; call += 1) await whileDown(limiter);
    } finally {
      process.kill(pid, "SIGCONT");
    }

    await vi.waitFor(
      async () => {
        const fresh = limit({ name: "fresh", requests: 1_000 });
        expect((await check(limiter, [fresh])).checked[0]?.source).toBe("redis");
      },
      { timeout: 10_000 },
    );
  }, 30_000);
});
