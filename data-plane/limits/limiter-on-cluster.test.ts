import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { createLog } from "../../core/service/log.ts";
import { type RedisTopology, startRedisCluster } from "../../test/support/redis-topologies.ts";
import type { LimitSubject } from "./counter.ts";
import { Limiter } from "./limiter.ts";
import type { LimitResult } from "./reading.ts";

const log = createLog("test", "silent");
let cluster: RedisTopology;
let limiter: Limiter;
let disconnect: () => void;

beforeAll(async () => {
  cluster = await startRedisCluster();
  const redis = connectRedis(cluster.url, "limits", () => {});
  disconnect = () => redis.disconnect();
  await new Promise((resolve) => redis.once("ready", resolve));
  limiter = new Limiter({ redis, log, liveProxies: () => 1 });
});
afterAll(async () => {
  limiter?.close();
  disconnect?.();
  await cluster?.stop();
});

describe("on a Redis Cluster, limits of a tenant and limits of everybody", () => {
  it("lie in different slots, and count a call in all of them or in none", async () => {
    const own = limit("own", ["agent"], 10);
    const everybody = limit("everybody", [], 2);
    expect((await take([own, everybody])).checked).toMatchObject([
      { name: "own", remaining: 9, source: "redis" },
      { name: "everybody", remaining: 1, source: "redis" },
    ]);
    await take([own, everybody]);

    const refused = await take([own, everybody]);

    expect(refused.refused?.limit).toBe("everybody");
    // What the first script counted is given back after the answer.
    await vi.waitFor(async () => expect((await look([own])).checked[0]?.remaining).toBe(8));
  });

  it("leave the common limit alone when the tenant's refuses", async () => {
    const own = limit("little", ["tenant"], 1);
    const everybody = limit("much", [], 10);
    await take([own, everybody]);
    expect((await take([own, everybody])).refused?.limit).toBe("little");

    expect((await look([everybody])).checked).toMatchObject([{ remaining: 9 }]);
  });

  it("are spread over the nodes by tenant", async () => {
    const tenants = Array.from({ length: 30 }, (_, index) => `tenant-${index}`);
    const own = limit("spread", ["tenant"], 10);
    const results = await Promise.all(tenants.map((tenant) => take([own], { tenant })));
    expect(results.every(({ checked }) => checked[0]?.source === "redis")).toBe(true);
    for (const server of cluster.servers) {
      const node = connectRedis(server.url, "durable", () => {});
      expect(await node.dbsize()).toBeGreaterThan(0);
      node.disconnect();
    }
  });
});

const subject: LimitSubject = {
  tenant: "acme",
  agent: "ann",
  groups: [],
  route: "/mcp",
  upstream: "files",
  tool: "files/read",
  operations: [],
  session: "",
};

async function take(
  limits: readonly CompiledLimit[],
  changes: Partial<LimitSubject> = {},
): Promise<LimitResult> {
  const admission = limiter.admission();
  const result = await admission.take(limits.map(toCharge), { ...subject, ...changes });
  admission.end();
  return result;
}

function look(limits: readonly CompiledLimit[]): Promise<LimitResult> {
  return limiter.admission().look(limits.map(toCharge), subject);
}

function toCharge(limit: CompiledLimit) {
  return { limit, cost: 1, values: [] };
}

function limit(name: string, per: CompiledLimit["per"], requests: number): CompiledLimit {
  return {
    name,
    matcher: () => "yes",
    per,
    perValueOf: [],
    quotas: [{ kind: "requests", amount: requests, windowMs: 60_000 }],
    costs: [],
    namesMethods: false,
    whenRedisIsDown: "deny",
    shadow: false,
    refuseWith: "error",
    countsHeld: false,
    maxSubjects: 10_000,
  };
}
