import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, it, vi } from "vitest";
import { ChainVerifier } from "../../core/audit/verify/chain-verifier.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import {
  Action,
  AuditDurability,
  WhenUnwritable,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { settledRecords } from "../support/audit.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import type { ProxyProcess } from "../support/proxy-process.ts";
import { RedisServer } from "../support/redis-server.ts";
import { type RedisTopology, startRedisSentinel } from "../support/redis-topologies.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const durabilities = [AuditDurability.SPOOLED, AuditDurability.STRICT];

it.each(durabilities)(
  "kill -9 of a proxy under load loses no record of what was executed (durability %s)",
  async (durability) => {
    const setting = await start(durability);
    for (let round = 0; round < 3; round += 1) {
      const proxy = await setting.spawn();
      const load = setting.load(proxy);
      await setting.executions(150 * (round + 1));
      await proxy.kill();
      await load.stop();
    }
    await setting.spawn();

    await setting.expectNothingLost();
  },
);

it("a Redis that is killed under load, and a proxy that is killed meanwhile, lose no record of what was executed", async () => {
  const setting = await start(AuditDurability.SPOOLED);
  const proxy = await setting.spawn();
  const load = setting.load(proxy);
  await setting.executions(200);
  await setting.redis.kill();
  await setting.executions(400);
  await proxy.kill();
  await load.stop();
  await setting.redis.restart();
  await setting.spawn();

  await setting.expectNothingLost();
});

it("a Redis that hangs under load loses no record of what was executed", async () => {
  const setting = await start(AuditDurability.SPOOLED);
  const proxy = await setting.spawn();
  const load = setting.load(proxy);
  await setting.executions(200);
  setting.redis.freeze();
  await setting.executions(400);
  setting.redis.thaw();
  await setting.executions(500);
  await load.stop();

  await setting.expectNothingLost();
});

it("a disk that is full while Redis is away lets no call run unrecorded, and calls go on with Redis", async () => {
  const disk = mkdtempSync(join(tmpdir(), "mcpgw-full-"));
  // Needs root, as do file systems of a fixed size.
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
  closers.push(() => execFileSync("umount", ["-l", disk]));
  const setting = await start(AuditDurability.SPOOLED);
  const proxy = await setting.spawn({ MCPGW_AUDIT_DIR: join(disk, "audit") });
  const load = setting.load(proxy);
  await setting.executions(100);
  await setting.redis.kill();
  await vi.waitFor(() => expect(load.refusals()).toBeGreaterThan(100), 60_000);
  const whenFull = setting.executed();
  await vi.waitFor(() => expect(load.refusals()).toBeGreaterThan(200), 60_000);
  expect(setting.executed()).toBe(whenFull);
  // Tries that fail leave nothing behind.
  expect(readdirSync(join(disk, "audit"), { recursive: true }).length).toBeLessThan(10);

  await setting.redis.restart();
  await setting.executions(whenFull + 100);
  await load.stop();

  await setting.expectNothingLost();
});

it.each(["dies", "hangs"])(
  "a primary that %s under load, and a replica that takes its place, lose no record of what was executed",
  async (how) => {
    const redis = await startRedisSentinel();
    closers.push(() => redis.stop());
    const setting = await start(AuditDurability.SPOOLED, redis);
    const proxy = await setting.spawn({ MCPGW_AUDIT_WAIT_REPLICAS: "1" });
    const load = setting.load(proxy);
    await setting.executions(200);
    const [primary] = redis.servers;
    if (how === "dies") await primary?.kill();
    else primary?.freeze();
    await setting.executions(600);
    // Records count as delivered when a replica has them: the old primary becomes it.
    if (how === "hangs") primary?.thaw();
    else await primary?.restart();
    await setting.executions(800);
    await load.stop();

    await setting.expectNothingLost();
  },
);

async function start(durability: AuditDurability, given?: RedisTopology) {
  const executed = new Set<number>();
  const url = await startCounting(executed);
  const folder = mkdtempSync(join(tmpdir(), "mcpgw-faults-"));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const redis = await RedisServer.start(["appendonly yes"]);
  closers.push(() => redis.stop());
  const used = given ?? redis;
  const gateway = await TestGateway.start(
    {
      upstreams: [{ name: "counting", url }],
      routes: [{ path: "/mcp", upstreams: ["counting"] }],
      rules: [{ name: "all", match: { tools: ["counting/*"] }, action: Action.ALLOW }],
      audit: { durability, whenUnwritable: WhenUnwritable.SPOOL },
    },
    { proxies: 1, redis: used },
  );
  closers.push(() => gateway.stop());
  const headers = { authorization: `Bearer ${await gateway.createAgent("ann")}` };
  let next = 0;

  return {
    redis,
    executed: () => executed.size,
    spawn: (env = {}) => gateway.spawnProxy({ MCPGW_AUDIT_DIR: join(folder, "audit"), ...env }),
    executions: (count: number) =>
      vi.waitFor(() => expect(executed.size).toBeGreaterThanOrEqual(count), 60_000),
    load: ({ port }: Pick<ProxyProcess, "port">) => {
      let isOver = false;
      let refused = 0;
      const target = new URL(`http://127.0.0.1:${port}/mcp`);
      const caller = async () => {
        while (!isOver) {
          next += 1;
          const answer = await post(target, callOf(next), headers).catch(() => undefined);
          if (answer?.status === 503) refused += 1;
        }
      };
      const callers = Promise.all(Array.from({ length: 16 }, caller));
      const stop = async () => {
        isOver = true;
        await callers;
      };
      return { stop, refusals: () => refused };
    },
    expectNothingLost: () =>
      vi.waitFor(
        async () => {
          const records = await settledRecords(gateway.redis);
          const intended = new Set(
            records
              .filter(({ event }) => event === "call.intent")
              .map((record) => (record.arguments as { n: number }).n),
          );
          const missing = [...executed].filter((n) => !intended.has(n));
          expect(missing).toEqual([]);

          const verifier = new ChainVerifier();
          const entries = await gateway.redis.xrange(redisKeys.auditStream, "-", "+");
          for (const [entry, fields] of entries) verifier.take(fields[3] ?? "", entry);
          const { problems, duplicates } = verifier.end();
          expect(problems).toEqual([]);
          const distinct = new Set(records.map(({ id }) => id)).size;
          expect(records.length - distinct).toBe(duplicates);
          process.stdout.write(
            `${executed.size} calls executed, ${records.length} records, ${duplicates} repeats, 0 missing\n`,
          );
        },
        { timeout: 20_000, interval: 200 },
      ),
  };
}

function callOf(n: number) {
  const params = { name: "count", arguments: { n } };
  return { jsonrpc: "2.0", id: n, method: "tools/call", params };
}

/** A server that remembers what it executed, as no record can. */
async function startCounting(executed: Set<number>): Promise<string> {
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(await text(request));
    if (method === "tools/call") executed.add(params.arguments.n);
    const tools = [{ name: "count", inputSchema: { type: "object" } }];
    const result = method === "tools/call" ? { content: [] } : { tools };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}
