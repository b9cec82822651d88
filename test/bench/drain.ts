import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Redis } from "ioredis";
import { startExporter } from "../../control-plane/export/exporter.ts";
import { readExportSettings } from "../../control-plane/export/settings.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import { RedisServer } from "../support/redis-server.ts";
import { fillStream } from "./audit-records.ts";
import { measureLiveRate } from "./live-rate.ts";

/**
 * How many records per second an exporter brings to each kind of sink, beside reading and acknowledging alone.
 * The sinks take everything at once, on this machine.
 */
const count = 100_000;
/** How many times as quick as records come catching up must be. */
const wanted = 10;

const server = await RedisServer.start(["appendonly yes", "appendfsync everysec"]);
const redis = connectRedis(server.url, "durable", () => {});
const folder = mkdtempSync(join(tmpdir(), "mcpgw-bench-"));
const http = createServer((request, response) => {
  request.resume().on("end", () => response.end('{"errors":false}'));
});
await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
const tcp = createTcpServer((socket) => socket.resume());
await new Promise<void>((done) => tcp.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;

try {
  const live = await measureLiveRate();
  say(
    `a proxy under full load beside its agents and its upstream: ${Math.round(live.callsPerSecond)} calls/s, ` +
      `${Math.round(live.recordsPerSecond)} records/s; ${Math.round(live.recordsPerCpuSecond)} records per second of its processor`,
  );
  await fillStream(redis, count);
  const bytes = Number(await redis.call("MEMORY", "USAGE", redisKeys.auditStream, "SAMPLES", "0"));
  say(`${count} records of ${Math.round(bytes / count)} bytes in Redis each; records/s:`);
  const plain = await measurePlain(redis);
  say(`  XREADGROUP and XACK alone: ${Math.round(plain)}`);
  const missed: string[] = [];
  for (const [name, env] of Object.entries(sinks())) {
    const { rate, cpuRate } = await measureSink(name, env);
    const times = cpuRate / live.recordsPerCpuSecond;
    const parts = [
      `${Math.round(rate)} (${(rate / plain).toFixed(2)} of that, ${(rate / live.recordsPerSecond).toFixed(1)} times that proxy)`,
      `${Math.round(cpuRate)} per second of the processor, ${times.toFixed(1)} times the proxy's`,
    ];
    say(`  ${name}: ${parts.join("; ")}`);
    if (times < wanted) missed.push(name);
  }
  const verdict = missed.length === 0 ? "met" : `MISSED by ${missed.join(", ")}`;
  say(
    `${verdict}: an exporter with a core of its own catches up ${wanted} times as quick as a proxy with a core of its own writes`,
  );
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  redis.disconnect();
  http.closeAllConnections();
  http.close();
  tcp.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

function sinks(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const tcpPort = (tcp.address() as AddressInfo).port;
  const file = join(folder, "audit.ndjson");
  return {
    "stdout native": {},
    "file native": { MCPGW_EXPORT_SINK: "file", MCPGW_EXPORT_FILE: file },
    "file ocsf": {
      MCPGW_EXPORT_SINK: "file",
      MCPGW_EXPORT_FILE: file,
      MCPGW_EXPORT_FORMAT: "ocsf",
    },
    "file cef": { MCPGW_EXPORT_SINK: "file", MCPGW_EXPORT_FILE: file, MCPGW_EXPORT_FORMAT: "cef" },
    "splunk native gzip": { MCPGW_EXPORT_SINK: "splunk", MCPGW_EXPORT_URL: url },
    "elastic ecs gzip": { MCPGW_EXPORT_SINK: "elastic", MCPGW_EXPORT_URL: url },
    "webhook native signed": {
      MCPGW_EXPORT_SINK: "webhook",
      MCPGW_EXPORT_URL: url,
      MCPGW_EXPORT_SIGNING_KEY: "a key",
    },
    "otlp native gzip": { MCPGW_EXPORT_SINK: "otlp", MCPGW_EXPORT_URL: url },
    "syslog native": {
      MCPGW_EXPORT_SINK: "syslog",
      MCPGW_EXPORT_URL: `tcp://127.0.0.1:${tcpPort}`,
    },
  };
}

async function measurePlain(client: Redis): Promise<number> {
  const key = redisKeys.auditStream;
  await client.xgroup("CREATE", key, "plain", "0");
  const startedMs = performance.now();
  for (let read = 0; read < count; ) {
    const args = ["GROUP", "plain", "one", "COUNT", 1_000, "STREAMS", key, ">"] as const;
    const reply = (await client.xreadgroup(...args)) as [string, [string, string[]][]][];
    const ids = reply[0]?.[1].map(([id]) => id) ?? [];
    await client.xack(key, "plain", ...ids);
    read += ids.length;
  }
  return (count * 1_000) / (performance.now() - startedMs);
}

/** The processor's part has that of the receiver in it, which is in this process. */
async function measureSink(name: string, env: Readonly<Record<string, string>>) {
  const settings = readExportSettings({
    MCPGW_REDIS_URL: server.url,
    MCPGW_EXPORT_NAME: name.replaceAll(" ", "-"),
    MCPGW_EXPORT_UNTIL_EMPTY: "true",
    MCPGW_EXPORT_STATUS_PORT: "off",
    ...env,
  });
  const lifecycle = new Lifecycle();
  const stdout = new PassThrough().resume();
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const log = createLog("bench", "error");
  const exporter = await startExporter({ settings, stdout, log }, lifecycle);
  await exporter.finished;
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const taken = (await exporter.metrics.records.get()).values[0]?.value;
  await lifecycle.close();
  if (taken !== count) throw new Error(`${name} took ${taken} of ${count} records`);
  return { rate: (count * 1_000) / tookMs, cpuRate: (count * 1e6) / (user + system) };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
