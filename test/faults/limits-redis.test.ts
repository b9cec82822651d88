import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { createLog } from "../../core/service/log.ts";
import type { LimitSubject } from "../../data-plane/limits/counter.ts";
import { Limiter } from "../../data-plane/limits/limiter.ts";
import type { LimitResult } from "../../data-plane/limits/reading.ts";
import { Action, LimitKey, WhenRedisIsDown } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { RedisServer } from "../support/redis-server.ts";
import { startRedisCluster, startRedisSentinel } from "../support/redis-topologies.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const log = createLog("test", "silent");
const callEveryMs = 5;

describe("while Redis is away", () => {
  it("killed: every call is decided within 5 ms at the 99th percentile, and counting resumes by itself", async () => {
    const { server, limiter } = await start();
    const outage = await measureOutage(limiter, {
      begin: () => server.kill(),
      end: () => server.restart(),
    });
    report("killed", outage);

    expect(outage.undecided).toBe(0);
    expect(outage.p99Ms).toBeLessThanOrEqual(5);
    expect(outage.sources).toEqual(new Set(["local"]));
  });

  it("hung: every call is decided within 100 ms at the 99th percentile, and counting resumes by itself", async () => {
    const { server, limiter } = await start();
    const outage = await measureOutage(limiter, {
      begin: () => server.freeze(),
      end: () => server.thaw(),
    });
    report("hung", outage);

    expect(outage.undecided).toBe(0);
    expect(outage.p99Ms).toBeLessThanOrEqual(100);
    expect(outage.sources).toEqual(new Set(["local"]));
  });
});

it("does not show that Redis forgot its scripts, under load", async () => {
  const { limiter, redis } = await start();
  const sources = new Set<string>();
  for (let call = 0; call < 400; call += 1) {
    if (call % 50 === 25) await redis.script("FLUSH");
    const { checked } = await decide(limiter);
    sources.add(checked[0]?.source ?? "");
  }
  expect(sources).toEqual(new Set(["redis"]));
});

it("keeps its counts over a restart where Redis keeps them", async () => {
  const { server, limiter } = await start(["appendonly yes", "appendfsync always"]);
  for (let call = 0; call < 10; call += 1) await decide(limiter);
  await server.kill();
  await server.restart();

  await vi.waitFor(
    async () => {
      const { checked } = await decide(limiter);
      expect(checked[0]?.source).toBe("redis");
      expect(checked[0]?.remaining).toBeLessThan(limitOf.quotas[0]?.amount ?? 0);
      expect(checked[0]?.remaining).toBeLessThanOrEqual(1_000_000 - 11);
    },
    { timeout: 10_000 },
  );
});

it("admits no more over all proxies than the limit when each admits its share", async () => {
  const server = await RedisServer.start();
  closers.push(() => server.stop());
  const upstream = await startUpstream();
  closers.push(() => upstream.stop());
  const gateway = await TestGateway.start(
    {
      upstreams: [{ name: "fixture", url: upstream.url }],
      routes: [{ path: "/mcp", upstreams: ["fixture"] }],
      rules: [{ name: "all", match: { tools: ["fixture/*"] }, action: Action.ALLOW }],
      limits: [
        {
          name: "shared",
          per: [LimitKey.AGENT],
          requests: 10,
          window: { seconds: 600n },
          whenRedisIsDown: WhenRedisIsDown.LOCAL,
        },
      ],
    },
    { proxies: 0 },
  );
  closers.push(() => gateway.stop());
  for (let count = 0; count < 3; count += 1) {
    await gateway.addProxy({ MCPGW_LIMITS_REDIS_URL: server.url });
  }
  const headers = { authorization: `Bearer ${await gateway.createAgent("ann")}` };
  // The control plane looks every two seconds how many proxies there are, and shows that to nobody else.
  await sleep(5_000);
  await server.kill();

  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, call) => post(gateway.url(call % 3), echo, headers)),
  );

  const passed = answers.filter(({ status }) => status === 200);
  expect(passed).toHaveLength(9);
  expect(answers.find(({ status }) => status === 429)?.body).toMatchObject({
    error: { data: { counted: "by this proxy alone" } },
  });
  const records = await gateway.outcomes(60);
  expect(records.every(({ decision }) => decision?.limits?.[0]?.source === "local")).toBe(true);
});

describe("a failover", () => {
  it.each(["kill", "freeze"] as const)(
    "to another primary (%s) keeps the counts, and nobody has to do anything",
    async (fault) => {
      const topology = await startRedisSentinel();
      closers.push(() => topology.stop());
      const [primary] = topology.servers;
      const { limiter } = await startLimiter(topology.url);
      for (let call = 0; call < 20; call += 1) await decide(limiter);
      // The replica has what the primary counted.
      await sleep(500);

      const beganAtMs = performance.now();
      await primary?.[fault]();
      const slowest = await decideUntilRedisCounts(limiter);

      const { checked } = await decide(limiter);
      expect(checked[0]?.remaining).toBeLessThanOrEqual(1_000_000 - 21);
      expect(slowest).toBeLessThanOrEqual(250);
      process.stdout.write(
        `failover (${fault}): counted by Redis again after ${Math.round(performance.now() - beganAtMs)} ms, slowest decision ${slowest.toFixed(1)} ms\n`,
      );
    },
  );

  it("that does not come leaves two thirds of a cluster at work", async () => {
    const topology = await startRedisCluster();
    closers.push(() => topology.stop());
    const { limiter } = await startLimiter(topology.url);
    const tenants = Array.from({ length: 30 }, (_, index) => `tenant-${index}`);
    const sources = async () =>
      Promise.all(
        tenants.map(async (tenant) => (await decide(limiter, tenant)).checked[0]?.source),
      );
    expect(new Set(await sources())).toEqual(new Set(["redis"]));

    topology.servers[0]?.freeze();
    const during = await sources();
    expect(during).toContain("redis");
    expect(during).toContain("local");

    topology.servers[0]?.thaw();
    await vi.waitFor(async () => expect(new Set(await sources())).toEqual(new Set(["redis"])), {
      timeout: 20_000,
      interval: 200,
    });
  });
});

/** Decides again and again until Redis counts. Resolves to the milliseconds that the slowest decision took. */
async function decideUntilRedisCounts(limiter: Limiter): Promise<number> {
  let slowestMs = 0;
  let counted = 0;
  const endMs = performance.now() + 30_000;
  while (counted < 20) {
    const beganAtMs = performance.now();
    if (beganAtMs > endMs) throw new Error("Redis does not count calls again");
    const { checked } = await decide(limiter);
    slowestMs = Math.max(slowestMs, performance.now() - beganAtMs);
    counted = checked[0]?.source === "redis" ? counted + 1 : 0;
    await sleep(20);
  }
  return slowestMs;
}

interface Outage {
  readonly calls: number;
  readonly undecided: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  readonly recoveredAfterMs: number;
  readonly sources: ReadonlySet<string>;
}

/** Calls come at a steady pace, whether earlier ones were decided or not. */
async function measureOutage(
  limiter: Limiter,
  fault: { readonly begin: () => unknown; readonly end: () => unknown },
): Promise<Outage> {
  await fault.begin();
  const decided: number[] = [];
  const sources = new Set<string>();
  const calls = 1_000;
  for (let call = 0; call < calls; call += 1) {
    const beganAtMs = performance.now();
    void decide(limiter).then(({ checked }) => {
      decided.push(performance.now() - beganAtMs);
      sources.add(checked[0]?.source ?? "");
    });
    await sleep(callEveryMs);
  }
  await sleep(1_000);
  const undecided = calls - decided.length;
  const endedAtMs = performance.now();
  await fault.end();
  await vi.waitFor(async () => expect((await decide(limiter)).checked[0]?.source).toBe("redis"), {
    timeout: 10_000,
    interval: 20,
  });
  decided.sort((one, other) => one - other);
  const at = (share: number) => decided[Math.floor(share * (decided.length - 1))] ?? 0;
  return {
    calls,
    undecided,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    worstMs: at(1),
    recoveredAfterMs: performance.now() - endedAtMs,
    sources,
  };
}

function report(name: string, outage: Outage): void {
  const { p50Ms, p99Ms, worstMs, recoveredAfterMs, calls } = outage;
  const figures = [p50Ms, p99Ms, worstMs].map((ms) => ms.toFixed(2)).join(" / ");
  process.stdout.write(
    `${name}: ${calls} calls decided in p50 / p99 / worst ${figures} ms; counted by Redis again after ${Math.round(recoveredAfterMs)} ms\n`,
  );
}

async function start(settings: readonly string[] = []) {
  const server = await RedisServer.start(settings);
  closers.push(() => server.stop());
  return { server, ...(await startLimiter(server.url)) };
}

async function startLimiter(url: string) {
  const redis = connectRedis(url, "limits", () => {});
  closers.push(() => redis.disconnect());
  await new Promise((resolve) => redis.once("ready", resolve));
  const limiter = new Limiter({ redis, log, liveProxies: () => 2 });
  closers.push(() => limiter.close());
  await decide(limiter);
  return { redis, limiter };
}

async function decide(limiter: Limiter, tenant = ""): Promise<LimitResult> {
  const admission = limiter.admission();
  const charges = [{ limit: limitOf, cost: 1, values: [] }];
  const result = await admission.take(charges, { ...subject, tenant });
  admission.end();
  return result;
}

const subject: LimitSubject = {
  tenant: "",
  agent: "ann",
  groups: [],
  route: "/mcp",
  upstream: "files",
  tool: "files/read",
  operations: [],
  session: "",
};

const limitOf: CompiledLimit = {
  name: "calls",
  matcher: () => "yes",
  per: ["agent"],
  perValueOf: [],
  quotas: [{ kind: "requests", amount: 1_000_000, windowMs: 600_000 }],
  costs: [],
  namesMethods: false,
  whenRedisIsDown: "local",
  shadow: false,
  refuseWith: "error",
  countsHeld: false,
  maxSubjects: 10_000,
};

const echo = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text: "x" } },
};
