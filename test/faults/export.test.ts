import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AuditStream } from "../../core/audit/audit-stream.ts";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import type { AuditRecord } from "../../core/audit/record.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { RedisServer } from "../support/redis-server.ts";
import {
  type RedisTopology,
  startRedisCluster,
  startRedisSentinel,
} from "../support/redis-topologies.ts";
import { BatchReceiver } from "../support/sinks.ts";
import { freePort } from "../support/user.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const main = resolve(import.meta.dirname, "../../control-plane/export/main.ts");

/** An exporter that is a process of its own. */
function startProcess(env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [main], {
    env: { MCPGW_EXPORT_STATUS_PORT: "off", MCPGW_EXPORT_BATCH_WAIT_MS: "5", ...env },
    stdio: "ignore",
  });
  closers.push(() => child.kill("SIGKILL"));
  return child;
}

async function startStream() {
  const server = await RedisServer.start(["appendonly yes", "appendfsync always"]);
  closers.push(() => server.stop());
  const redis = connectRedis(server.url, "durable", () => {});
  closers.push(() => redis.disconnect());
  return { server, redis, producers: ["proxy-1", "proxy-2"].map((name) => writer(redis, name)) };
}

/** A producer that keeps what Redis did not take and adds it again, as proxies do. */
function writer(redis: ReturnType<typeof connectRedis>, producer: string, waitReplicas = 0) {
  const chain = new RecordChain({ producer });
  const stream = new AuditStream({ redis, waitReplicas, waitMs: 500 });
  const written: string[] = [];
  return {
    written,
    async write(count: number): Promise<void> {
      const records = Array.from({ length: count }, () => chain.add({ event: "request" }));
      const texts = records.map(({ text }) => text);
      while (
        !(await stream.add(texts).then(
          () => true,
          () => false,
        ))
      )
        await sleep(50);
      written.push(...records.map(({ id }) => id));
    },
  };
}

/** Nothing is missing, repeats are told by their id, and without them each producer's records stand in their order. */
function assertComplete(
  lines: readonly string[],
  producers: readonly { readonly written: readonly string[] }[],
): number {
  const records = lines.map((line) => JSON.parse(line) as AuditRecord);
  const first = [...new Map(records.map((record) => [record.id, record] as const)).values()];
  const ids = first.map(({ id }) => id);
  expect(first).toHaveLength(producers.reduce((sum, it) => sum + it.written.length, 0));
  for (const { written } of producers) {
    const own = new Set(written);
    expect(ids.filter((id) => own.has(id))).toEqual(written);
  }
  return records.length - first.length;
}

it("an exporter that is killed again and again loses nothing", async () => {
  const { server, producers } = await startStream();
  const folder = mkdtempSync(join(tmpdir(), "mcpgw-export-"));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "audit.ndjson");
  const env = {
    MCPGW_REDIS_URL: server.url,
    MCPGW_EXPORT_SINK: "file",
    MCPGW_EXPORT_FILE: file,
    MCPGW_EXPORT_BATCH_RECORDS: "20",
  };
  let isWriting = true;
  const writing = (async () => {
    for (let round = 0; round < 150; round += 1) {
      await Promise.all(producers.map((it) => it.write(20)));
      await sleep(40);
    }
    isWriting = false;
  })();
  const size = () => (existsSync(file) ? readFileSync(file).length : 0);
  let kills = 0;
  while (isWriting && kills < 4) {
    const child = startProcess(env);
    const before = size();
    await vi.waitFor(() => expect(size()).toBeGreaterThan(before), {
      timeout: 20_000,
      interval: 5,
    });
    child.kill("SIGKILL");
    kills += 1;
  }
  await writing;
  startProcess({ ...env, MCPGW_EXPORT_UNTIL_EMPTY: "true" });

  const total = producers.reduce((sum, it) => sum + it.written.length, 0);
  const lines = () => readFileSync(file, "utf8").split("\n").slice(0, -1);
  await vi.waitFor(
    () => expect(new Set(lines().map((line) => JSON.parse(line).id)).size).toBe(total),
    { timeout: 30_000, interval: 100 },
  );
  const repeats = assertComplete(lines(), producers);
  process.stdout.write(`killed ${kills} times: ${total} records arrived, ${repeats} repeats\n`);
});

it("Redis killed and started again, and a SIEM that goes and comes, lose nothing", async () => {
  const { server, producers } = await startStream();
  const port = await freePort();
  const taken: string[] = [];
  const startReceiver = async () => {
    const receiver = await BatchReceiver.start(undefined, port);
    receiver.answer = ({ body }) => {
      taken.push(...body.split("\n").slice(0, -1));
      return {};
    };
    return receiver;
  };
  let receiver = await startReceiver();
  closers.push(() => receiver.stop());
  startProcess({
    MCPGW_REDIS_URL: server.url,
    MCPGW_EXPORT_SINK: "webhook",
    MCPGW_EXPORT_URL: `http://127.0.0.1:${port}/`,
    MCPGW_EXPORT_BATCH_RECORDS: "20",
  });
  const round = () => Promise.all(producers.map((it) => it.write(20)));
  for (let count = 0; count < 20; count += 1) await round();
  await vi.waitFor(() => expect(taken.length).toBeGreaterThan(20), { timeout: 20_000 });

  await server.kill();
  const duringOutage = round();
  await server.restart();
  await duringOutage;
  await receiver.stop();
  for (let count = 0; count < 20; count += 1) await round();
  receiver = await startReceiver();
  await round();

  const total = producers.reduce((sum, it) => sum + it.written.length, 0);
  await vi.waitFor(
    () => expect(new Set(taken.map((line) => JSON.parse(line).id)).size).toBe(total),
    { timeout: 60_000, interval: 100 },
  );
  const repeats = assertComplete(taken, producers);
  process.stdout.write(`outages: ${total} records arrived, ${repeats} repeats\n`);
});

describe.each([
  { name: "sentinels name another primary", start: startRedisSentinel, kindOf: "sentinel" },
  {
    name: "a replica of the cluster takes its master's place",
    start: () => startRedisCluster({ withReplicas: true }),
    kindOf: "cluster",
  },
])("when $name", ({ start, kindOf }) => {
  it("an exporter brings everything, and goes on with the other", async () => {
    const topology = await start();
    closers.push(() => topology.stop());
    const redis = connectRedis(topology.url, "durable", () => {});
    closers.push(() => redis.disconnect());
    const before = ["proxy-1", "proxy-2"].map((name) => writer(redis, name, 1));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(before.map((it) => it.write(50)));
    }
    const taken: string[] = [];
    const receiver = await BatchReceiver.start();
    receiver.answer = ({ body }) => {
      taken.push(...body.split("\n").slice(0, -1));
      return {};
    };
    closers.push(() => receiver.stop());
    startProcess({
      MCPGW_REDIS_URL: topology.url,
      MCPGW_EXPORT_SINK: "webhook",
      MCPGW_EXPORT_URL: receiver.url,
      MCPGW_EXPORT_BATCH_RECORDS: "20",
    });
    await vi.waitFor(() => expect(taken.length).toBeGreaterThan(100), {
      timeout: 20_000,
      interval: 2,
    });

    const primary = await holderOfStream(topology, redis, kindOf === "cluster");
    await primary.kill();
    // Of the new primary nobody is a replica: records have to wait for none.
    const after = ["proxy-3"].map((name) => writer(redis, name));
    for (let round = 0; round < 10; round += 1) await after[0]?.write(50);

    const producers = [...before, ...after];
    const total = producers.reduce((sum, it) => sum + it.written.length, 0);
    await vi.waitFor(
      () => expect(new Set(taken.map((line) => JSON.parse(line).id)).size).toBe(total),
      { timeout: 60_000, interval: 100 },
    );
    const repeats = assertComplete(taken, producers);
    process.stdout.write(`${kindOf}: ${total} records arrived, ${repeats} repeats\n`);
  });
});

/** The process that has the stream now. */
async function holderOfStream(
  { servers }: RedisTopology,
  redis: ReturnType<typeof connectRedis>,
  isCluster: boolean,
): Promise<RedisServer> {
  if (!isCluster) return servers[0] as RedisServer;
  const slot = Number(await redis.call("CLUSTER", "KEYSLOT", redisKeys.auditStream));
  return servers[Math.floor((slot * 3) / 16_384)] as RedisServer;
}
