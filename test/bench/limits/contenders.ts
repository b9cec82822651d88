import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { CompiledLimit } from "../../../core/policy/compiled-policy.ts";
import { countersOf, type LimitSubject } from "../../../data-plane/limits/counter.ts";
import { LimitStore } from "../../../data-plane/limits/limit-store.ts";

/** One way to count. */
export interface Contender {
  readonly name: string;
  /** What it promises of any window. */
  readonly promise: string;
  readonly roundTrips: number;
  /** Counts one call in three windows. Resolves to whether it was admitted. */
  check(subject: number): Promise<boolean>;
  /** Checks that it gave up. */
  late?(): number;
}

/** The same for all: long and short, and none that is reached. */
export const windows = [
  { amount: 1_000_000, windowMs: 60_000 },
  { amount: 1_000_000, windowMs: 600_000 },
  { amount: 1_000_000, windowMs: 1_800_000 },
] as const;

export function contendersOn(redis: Redis): readonly Contender[] {
  return [subBuckets(redis), sortedSetLog(redis), gcra(redis), rateLimiterFlexible(redis)];
}

function subBuckets(redis: Redis): Contender {
  const store = new LimitStore(redis);
  let late = 0;
  const charges = windows.map((window, index) => ({
    limit: limitOf(`window-${index}`, window),
    cost: 1,
    values: [],
  }));
  return {
    name: "this gateway",
    promise: "exact",
    roundTrips: 1,
    check: async (index) => {
      const subject = { ...anySubject, agent: `agent-${index}` };
      const counters = countersOf(charges, subject);
      try {
        const readings = await store.count(counters, "lease", "take");
        return readings.every(({ waitMs }) => waitMs === 0);
      } catch {
        // It gives up where the others go on waiting: on a machine that does other things, too.
        late += 1;
        return true;
      }
    },
    late: () => late,
  };
}

const anySubject: LimitSubject = {
  tenant: "",
  agent: "",
  groups: [],
  route: "/mcp",
  upstream: "files",
  tool: "files/read",
  operations: [],
  session: "",
};

function limitOf(name: string, window: { amount: number; windowMs: number }): CompiledLimit {
  return {
    name,
    matcher: () => "yes",
    per: ["agent"],
    perValueOf: [],
    quotas: [{ kind: "requests", ...window }],
    costs: [],
    namesMethods: false,
    whenRedisIsDown: "deny",
    shadow: false,
    refuseWith: "error",
    countsHeld: false,
    maxSubjects: 10_000,
  };
}

type Script = (...details: (string | number)[]) => Promise<[number, number]>;

function sortedSetLog(redis: Redis): Contender {
  const run = scriptOf(redis, "benchSortedSetLog", "sorted-set-log");
  const sizes = windows.flatMap(({ amount, windowMs }) => [amount, windowMs * 1_000]);
  let calls = 0;
  return {
    name: "sorted-set log",
    promise: "exact",
    roundTrips: 1,
    check: async (subject) => {
      calls += 1;
      const [admitted] = await run(3, ...keysOf("log", subject), `proxy-1:${calls}`, ...sizes);
      return admitted === 1;
    },
  };
}

function gcra(redis: Redis): Contender {
  const run = scriptOf(redis, "benchGcra", "gcra");
  const sizes = windows.flatMap(({ amount, windowMs }) => [amount, windowMs * 1_000]);
  return {
    name: "GCRA",
    promise: "up to 2x",
    roundTrips: 1,
    check: async (subject) => (await run(3, ...keysOf("gcra", subject), ...sizes))[0] === 1,
  };
}

/** It has no script over several windows: each is asked by itself. */
function rateLimiterFlexible(redis: Redis): Contender {
  const limiters = windows.map(
    ({ amount, windowMs }, index) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `rlf:${index}`,
        points: amount,
        duration: windowMs / 1_000,
      }),
  );
  return {
    name: "rate-limiter-flexible",
    promise: "up to 2x (fixed windows)",
    roundTrips: 3,
    check: async (subject) => {
      await Promise.all(limiters.map((limiter) => limiter.consume(`agent-${subject}`)));
      return true;
    },
  };
}

function keysOf(kind: string, subject: number): string[] {
  return windows.map((_, index) => `${kind}:{limit}:window-${index}:agent=agent-${subject}`);
}

function scriptOf(redis: Redis, name: string, file: string): Script {
  const lua = readFileSync(new URL(`./${file}.lua`, import.meta.url), "utf8");
  redis.defineCommand(name, { lua });
  const commands = redis as unknown as Readonly<Record<string, Script>>;
  const command = commands[name];
  if (!command) throw new Error(`${name} is no command`);
  return command.bind(redis);
}
