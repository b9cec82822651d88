import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { createLog } from "../../core/service/log.ts";
import { freshRedisUrl, startRedis } from "../../test/support/redis.ts";
import type { LimitSubject } from "./counter.ts";
import { Limiter } from "./limiter.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const log = createLog("test", "silent");
const subject: LimitSubject = {
  agent: "ann",
  route: "/mcp",
  upstream: "files",
  tool: "files/write_file",
  operations: ["write"],
};

function limit(changes: Partial<CompiledLimit> = {}): CompiledLimit {
  return {
    name: "writes",
    matcher: () => "yes" as const,
    per: ["agent"],
    requests: 2,
    windowMs: 60_000,
    whenRedisIsDown: "deny",
    shadow: false,
    ...changes,
  } as CompiledLimit;
}

async function connect(url: string): Promise<Redis> {
  const redis = connectRedis(url, "limits", () => {});
  closers.push(() => redis.disconnect());
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
  return redis;
}

async function startLimiter(): Promise<{ limiter: Limiter; redis: Redis; url: string }> {
  const url = await freshRedisUrl();
  const redis = await connect(url);
  return { limiter: new Limiter({ redis, log }), redis, url };
}

describe("a limit", () => {
  it("refuses the call after the last, and says how long to wait", async () => {
    const { limiter } = await startLimiter();
    await limiter.check([limit()], subject);

    const last = await limiter.check([limit()], subject);
    const refused = await limiter.check([limit()], subject);

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
    const other = new Limiter({ redis: await connect(url), log });
    await limiter.check([limit()], subject);
    await other.check([limit()], subject);

    expect((await limiter.check([limit()], subject)).refused).toBeDefined();
    expect((await other.check([limit()], subject)).refused).toBeDefined();
  });

  it("lets the call through that waits as long as it was told", async () => {
    const { limiter } = await startLimiter();
    const short = limit({ requests: 1, windowMs: 1_000 });
    await limiter.check([short], subject);

    for (let round = 0; round < 2; round += 1) {
      await limiter.check([short], subject);
      const refused = await limiter.check([short], subject);
      await new Promise((resolve) => setTimeout(resolve, (refused.refused?.retryAfterMs ?? 0) + 1));
      expect((await limiter.check([short], subject)).refused).toBeUndefined();
    }
  });

  it("starts anew when its numbers change", async () => {
    const { limiter } = await startLimiter();
    for (let call = 0; call < 3; call += 1) await limiter.check([limit()], subject);

    expect((await limiter.check([limit({ requests: 1 })], subject)).refused).toBeUndefined();
    expect((await limiter.check([limit({ windowMs: 90_000 })], subject)).refused).toBeUndefined();
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
      expect((await limiter.check([once], { ...subject, ...names })).refused).toBeUndefined();
    }
  });

  it("counts each operation of a call by itself when it is per operation", async () => {
    const { limiter } = await startLimiter();
    const once = limit({ requests: 1, per: ["operation"] });
    await limiter.check([once], { ...subject, operations: ["write", "delete"] });

    expect(
      (await limiter.check([once], { ...subject, operations: ["delete"] })).refused,
    ).toBeDefined();
    expect(
      (await limiter.check([once], { ...subject, operations: ["read"] })).refused,
    ).toBeUndefined();
  });

  it("per operation still counts calls that belong to none", async () => {
    const { limiter } = await startLimiter();
    const once = limit({ requests: 1, per: ["operation"] });
    await limiter.check([once], { ...subject, operations: [] });

    expect((await limiter.check([once], { ...subject, operations: [] })).refused).toBeDefined();
  });

  it("survives that Redis forgets its scripts", async () => {
    const { limiter, redis } = await startLimiter();
    await limiter.check([limit()], subject);
    await redis.script("FLUSH");

    expect((await limiter.check([limit()], subject)).checked).toMatchObject([{ remaining: 0 }]);
  });

  it("leaves nothing in Redis that does not expire", async () => {
    const { limiter, redis } = await startLimiter();
    await limiter.check([limit(), limit({ name: "hourly", windowMs: 3_600_000 })], subject);

    const keys = await redis.keys("*");
    const lives = await Promise.all(keys.map((key) => redis.pttl(key)));
    expect(lives).toHaveLength(2);
    expect(Math.min(...lives)).toBeGreaterThan(60_000);
  });
});

describe("several limits", () => {
  it("count a call in all of them or in none, and name the longest wait", async () => {
    const { limiter } = await startLimiter();
    const wide = limit({ name: "wide", requests: 5 });
    const narrow = limit({ name: "narrow", requests: 1 });
    const long = limit({ name: "long", requests: 1, windowMs: 7_200_000 });
    await limiter.check([wide, narrow, long], subject);

    const refused = await limiter.check([wide, narrow, long], subject);
    const onlyWide = await limiter.check([wide], subject);

    expect(refused.refused?.limit).toBe("long");
    expect(onlyWide.checked).toMatchObject([{ name: "wide", remaining: 3 }]);
  });

  it("that only shadow count and report, but refuse nothing", async () => {
    const { limiter } = await startLimiter();
    const shadow = limit({ name: "shadow", requests: 1, shadow: true });
    await limiter.check([shadow, limit()], subject);

    const second = await limiter.check([shadow, limit()], subject);

    expect(second.refused).toBeUndefined();
    expect(second.checked).toMatchObject([
      { name: "shadow", refused: true, shadow: true, remaining: 0 },
      { name: "writes", refused: false, remaining: 0 },
    ]);
  });

  it("do not ask Redis when there are none", async () => {
    const unconnected = new Redis({ lazyConnect: true, enableOfflineQueue: false });
    const limiter = new Limiter({ redis: unconnected, log });

    expect(await limiter.check([], subject)).toEqual({ checked: [] });
  });
});

describe("the memory of refusals", () => {
  it("spares Redis the calls of an agent that hammers", async () => {
    const { limiter, redis } = await startLimiter();
    for (let call = 0; call < 3; call += 1) await limiter.check([limit()], subject);
    redis.disconnect();

    const refused = await limiter.check([limit(), limit({ name: "other" })], subject);

    expect(refused.refused).toMatchObject({
      limit: "writes",
      scope: "2 calls in 60 s for each agent",
    });
    expect(refused.refused?.retryAfterMs).toBeGreaterThan(58_000);
  });

  it("is short, so that a quota cleared in Redis counts again soon", async () => {
    const { limiter, redis } = await startLimiter();
    for (let call = 0; call < 3; call += 1) await limiter.check([limit()], subject);
    await redis.flushdb();

    await vi.waitFor(
      async () => expect((await limiter.check([limit()], subject)).refused).toBeUndefined(),
      { timeout: 5_000 },
    );
  });
});

describe("without Redis", () => {
  const open = limit({ name: "open", whenRedisIsDown: "allow" });

  async function whileDown(limiter: Limiter): Promise<void> {
    const closed = await limiter.check([open, limit()], subject);
    expect(closed.refused).toEqual({
      limit: "writes",
      scope: "2 calls in 60 s for each agent; calls cannot be counted at the moment",
      retryAfterMs: 1_000,
    });
    const passed = await limiter.check([open, limit({ name: "shadow", shadow: true })], subject);
    expect(passed.refused).toBeUndefined();
    expect(passed.checked).toMatchObject([
      { name: "open", refused: false, source: "fallback" },
      { name: "shadow", refused: false, source: "fallback" },
    ]);
  }

  it("each limit does as it was told, when Redis was killed", async () => {
    const server = await startRedis();
    const redis = await connect(server.url);
    const limiter = new Limiter({ redis, log });
    await limiter.check([limit()], subject);

    await server.stop();

    await whileDown(limiter);
  });

  it("each limit does as it was told while Redis hangs, and counting resumes by itself", async () => {
    const server = await startRedis();
    closers.push(server.stop);
    const redis = await connect(server.url);
    const limiter = new Limiter({ redis, log });
    await limiter.check([limit()], subject);
    const pid = Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);

    process.kill(pid, "SIGSTOP");
    try {
      await Promise.all(Array.from({ length: 8 }, () => limiter.check([limit()], subject)));
      for (let call = 0; call < 100; call += 1) await whileDown(limiter);
    } finally {
      process.kill(pid, "SIGCONT");
    }

    await vi.waitFor(
      async () => {
        const fresh = limit({ name: "fresh", requests: 1_000 });
        expect((await limiter.check([fresh], subject)).checked[0]?.source).toBe("redis");
      },
      { timeout: 10_000 },
    );
  }, 30_000);
});

describe("the script", () => {
  /** The clock becomes an argument here, and only here. */
  const script = readFileSync(new URL("./count.lua", import.meta.url), "utf8").replace(
    'redis.call("TIME")',
    "{ ARGV[#ARGV - 1], ARGV[#ARGV] }",
  );
  const second = 1_000_000;

  const shapes = [
    { requests: 3, windowMs: 60_000, buckets: 60 },
    { requests: 25, windowMs: 60_000, buckets: 10 },
    { requests: 7, windowMs: 3_600_000, buckets: 60 },
  ];

  it.each(shapes)("never admits more than $requests calls in any $windowMs ms", async (shape) => {
    const redis = await connect(await freshRedisUrl());
    const windowUs = shape.windowMs * 1_000;
    const widthUs = Math.ceil(windowUs / shape.buckets);
    const random = randomNumbers(shape.requests);
    const admitted: number[] = [];
    let nowUs = 1_800_000_000 * second;

    for (let call = 0; call < 600; call += 1) {
      nowUs += Math.floor(gapUs(random, windowUs / shape.requests));
      const count = async (atUs: number) =>
        (await redis.eval(
          script,
          1,
          "window",
          shape.requests,
          widthUs,
          shape.buckets,
          3_600_000,
          0,
          Math.floor(atUs / second),
          atUs % second,
        )) as [number, number];
      const [, waitUs] = await count(nowUs);
      if (waitUs === 0) admitted.push(nowUs);
      else if (random() < 0.3) {
        expect((await count(nowUs + waitUs - 1))[1]).toBe(1);
        expect((await count(nowUs + waitUs))[1]).toBe(0);
        nowUs += waitUs;
        admitted.push(nowUs);
      }
    }

    for (const [index, atUs] of admitted.entries()) {
      const within = admitted.slice(index).filter((other) => other < atUs + windowUs);
      expect(within.length).toBeLessThanOrEqual(shape.requests);
    }
    expect(admitted.length).toBeGreaterThan(100);
  });

  /** Bursts, a steady stream, and silences that reach over several windows. */
  function gapUs(random: () => number, fairGapUs: number): number {
    const kind = random();
    if (kind < 0.5) return random() * 2_000;
    return kind < 0.97 ? random() * 2 * fairGapUs : random() * 40 * fairGapUs;
  }

  function randomNumbers(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
  }
});
