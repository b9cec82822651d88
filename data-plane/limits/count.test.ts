import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freshRedisUrl } from "../../test/support/redis.ts";

/** The clock becomes an argument here, and only here. */
const script = readFileSync(new URL("./count.lua", import.meta.url), "utf8").replace(
  'redis.call("TIME")',
  "{ ARGV[#ARGV - 1], ARGV[#ARGV] }",
);
const second = 1_000_000;
const startUs = 1_800_000_000 * second;

interface Window {
  readonly amount: number;
  readonly windowMs: number;
  readonly buckets: number;
}

let redis: Redis;
beforeAll(async () => {
  redis = new Redis(await freshRedisUrl());
});
beforeEach(() => redis.flushdb());
afterAll(() => redis.disconnect());

/** Counts a call of that cost at that time. Resolves to what is left and the wait for each window. */
async function count(windows: readonly Window[], cost: number, atUs: number) {
  const answer = (await redis.eval(
    script,
    windows.length,
    ...windows.map((_, index) => `window-${index}`),
    "lease",
    30_000,
    ...windows.flatMap(({ amount, windowMs, buckets }) => [
      0,
      amount,
      cost,
      Math.ceil((windowMs * 1_000) / buckets),
      buckets,
      0,
    ]),
    Math.floor(atUs / second),
    atUs % second,
  )) as number[];
  return windows.map((_, index) => ({
    left: answer[3 * index] ?? 0,
    waitUs: answer[3 * index + 1] ?? 0,
  }));
}

const shapes: (Window & { readonly cost: number })[] = [
  { amount: 3, windowMs: 60_000, buckets: 60, cost: 1 },
  { amount: 25, windowMs: 60_000, buckets: 10, cost: 1 },
  { amount: 7, windowMs: 3_600_000, buckets: 60, cost: 1 },
  { amount: 40, windowMs: 1_000, buckets: 10, cost: 9 },
  { amount: 100, windowMs: 30 * 86_400_000, buckets: 60, cost: 17 },
];

describe("a window", () => {
  it.each(shapes)(
    "of $windowMs ms admits exactly what a log says, and never more than $amount",
    async (shape) => {
      const windowUs = shape.windowMs * 1_000;
      const widthUs = Math.ceil(windowUs / shape.buckets);
      const random = randomNumbers(shape.amount);
      const log: { readonly atUs: number; readonly cost: number }[] = [];
      const arrivals = adversarialArrivals(random, { ...shape, windowUs, widthUs });
      let refusals = 0;

      for (const atUs of arrivals) {
        const cost = 1 + Math.floor(random() * shape.cost);
        const oldest = Math.floor(atUs / widthUs) - shape.buckets;
        const used = log.reduce(
          (sum, entry) => sum + (Math.floor(entry.atUs / widthUs) >= oldest ? entry.cost : 0),
          0,
        );
        const [answer] = await count([shape], cost, atUs);
        const admitted = answer?.waitUs === 0;
        expect(admitted).toBe(used + cost <= shape.amount);
        expect(answer?.left).toBe(shape.amount - used - (admitted ? cost : 0));
        if (admitted) log.push({ atUs, cost });
        else refusals += 1;
      }

      for (const [index, { atUs }] of log.entries()) {
        const within = log.slice(index).filter((entry) => entry.atUs < atUs + windowUs);
        expect(within.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(shape.amount);
      }
      expect(log.length).toBeGreaterThan(50);
      expect(refusals).toBeGreaterThan(30);
    },
  );

  it.each(shapes)(
    "of $windowMs ms has room exactly when it said, and not before",
    async (shape) => {
      const random = randomNumbers(7);
      let nowUs = startUs + 123;
      for (let round = 0; round < 40; round += 1) {
        const cost = 1 + Math.floor(random() * shape.cost);
        nowUs += Math.floor((random() * 500 * shape.windowMs) / shape.amount);
        const [answer] = await count([shape], cost, nowUs);
        if (!answer || answer.waitUs === 0) continue;
        expect((await count([shape], cost, nowUs + answer.waitUs - 1))[0]?.waitUs).toBe(1);
        expect((await count([shape], cost, nowUs + answer.waitUs))[0]?.waitUs).toBe(0);
        nowUs += answer.waitUs;
      }
    },
  );

  it("forgets nothing when the clock steps back, however far", async () => {
    const window = { amount: 30, windowMs: 1_000, buckets: 10 };
    for (let call = 0; call < 20; call += 1) await count([window], 1, startUs);

    expect((await count([window], 1, startUs - 300_000))[0]?.left).toBe(9);
    expect((await count([window], 1, startUs - 86_400 * second))[0]?.left).toBe(8);
    expect((await count([window], 1, startUs - 86_400 * second + 50_000))[0]?.left).toBe(7);
  });

  it("takes at most 256 bytes with ten sub-buckets, whatever the amount", async () => {
    const bytes: number[] = [];
    for (const amount of [100, 1_000_000]) {
      await redis.flushdb();
      const key =
        "mcpgw:2:{limit:}:analyst-queries:requests-60000-10:agent=analyst-1:tool=warehouse/query";
      const window = { amount, windowMs: 60_000, buckets: 10 };
      for (let step = 0; step < 30; step += 1)
        await count([window], 3, startUs + step * 3 * second);
      await redis.rename("window-0", key);
      bytes.push(Number(await redis.call("MEMORY", "USAGE", key)));
    }
    expect(bytes[0]).toBe(bytes[1]);
    expect(bytes[0]).toBeLessThanOrEqual(256);
  });
});

describe("several windows", () => {
  it("count in all or in none, and each stays within its own limit", async () => {
    const windows = [
      { amount: 5, windowMs: 1_000, buckets: 60 },
      { amount: 30, windowMs: 60_000, buckets: 10 },
      { amount: 70, windowMs: 3_600_000, buckets: 60 },
    ];
    const random = randomNumbers(3);
    const log: number[] = [];
    let nowUs = startUs;
    for (let call = 0; call < 600; call += 1) {
      nowUs += Math.floor(random() * (call % 50 === 0 ? 4_000 * second : 0.6 * second));
      const answers = await count(windows, 1, nowUs);
      const isAdmitted = answers.every(({ waitUs }) => waitUs === 0);
      if (isAdmitted) log.push(nowUs);
      for (const [index, { amount, windowMs, buckets }] of windows.entries()) {
        const widthUs = Math.ceil((windowMs * 1_000) / buckets);
        const oldest = Math.floor(nowUs / widthUs) - buckets;
        const used = log.filter((atUs) => Math.floor(atUs / widthUs) >= oldest).length;
        expect(answers[index]?.left).toBe(amount - used);
      }
    }
    expect(log.length).toBeGreaterThan(100);
  });
});

/** Bursts, a steady stream, silences over several windows, and the first and last moments of sub-buckets. */
function* adversarialArrivals(
  random: () => number,
  shape: { readonly windowUs: number; readonly widthUs: number; readonly amount: number },
): Generator<number> {
  const fairGapUs = shape.windowUs / shape.amount;
  let nowUs = startUs;
  for (let call = 0; call < 500; call += 1) {
    const kind = random();
    if (kind < 0.7) nowUs += Math.floor(random() * 2_000);
    else if (kind < 0.85) nowUs += Math.floor(random() * 2 * fairGapUs);
    else if (kind < 0.98) {
      const edgeUs = Math.ceil(nowUs / shape.widthUs) * shape.widthUs;
      const windowLater = random() < 0.5 ? shape.windowUs : 0;
      nowUs = Math.max(nowUs, edgeUs + windowLater - Math.floor(random() * 2));
    } else nowUs += Math.floor(random() * 3 * shape.windowUs);
    yield nowUs;
  }
}

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
