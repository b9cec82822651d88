/** What a call pays for its two records, and how many records go through, by durability; beside XADD alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuditTrail } from "../../core/audit/audit-trail.ts";
import type { AuditEntry } from "../../core/audit/record.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import { startRedis } from "../support/redis.ts";

type Write = (entry: AuditEntry) => Promise<unknown>;

const rounds = 5;
const callsPerRound = 1_000;
const callsAtATime = 8;

const entry: AuditEntry = {
  event: "call.outcome",
  callId: "0190c0de-0000-7000-8000-000000000000",
  agent: "analyst-1",
  groups: ["data"],
  clientAddress: "10.0.0.1",
  route: "/mcp",
  upstream: "files",
  method: "tools/call",
  tool: "read_file",
  operations: ["reads"],
  arguments: { path: "/reports/2026/november/summary.txt", head: 100 },
  result: { content: [{ type: "text", text: "x".repeat(500) }] },
  outcome: "answered",
  decision: { effect: "allow", rule: "reads", reason: "reads are allowed", policyVersion: 7 },
  durationsMs: { policy: 0.03, limits: 0.4, arguments: 0.2, upstream: 12.5, total: 13.9 },
};

const lifecycle = new Lifecycle();
try {
  await main();
} finally {
  await lifecycle.close();
}

async function main(): Promise<void> {
  const server = lifecycle.use("redis", await startRedis({ durable: true }), (it) => it.stop());
  const connect = () =>
    lifecycle.use(
      "client",
      connectRedis(server.url, "durable", () => {}),
      (it) => it.disconnect(),
    );
  const folder = lifecycle.use("folder", mkdtempSync(join(tmpdir(), "mcpgw-bench-")), (it) =>
    rmSync(it, { recursive: true, force: true }),
  );
  const log = createLog("bench", "silent");
  const options = { redis: connect(), producer: "bench", maxSpoolBytes: 2 ** 30, log, folder };
  const trail = await AuditTrail.open(options);
  lifecycle.use("trail", trail, (it) => it.close());
  const plain = connect();
  const text = JSON.stringify(entry);

  const ways: readonly (readonly [string, Write])[] = [
    ["off", async () => {}],
    ["XADD alone", () => plain.xadd(redisKeys.auditStream, "*", "d", text)],
    ["lazy", async (it) => trail.keep(it)],
    ["spooled", (it) => trail.write(it, "spooled")],
    ["strict", (it) => trail.write(it, "shipped")],
  ];
  const measured = new Map(ways.map(([name]) => [name, [] as Round[]]));
  // Each way in turn, round by round: what disturbs the machine disturbs them all.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, write] of ways) {
      const result = await run(write, () => (trail.isBehind ? Promise.resolve() : settled()));
      if (round > 0) measured.get(name)?.push(result);
    }
  }
  print(measured);

  async function settled(): Promise<void> {
    await trail.write({ event: "settled" }, "shipped");
    await plain.del(redisKeys.auditStream);
  }
}

interface Round {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Until all of them are in Redis. */
  readonly recordsPerSecond: number;
}

/** Calls that each write an intent, then an outcome. */
async function run(write: Write, settle: () => Promise<void>): Promise<Round> {
  const tookMs: number[] = [];
  const beganMs = performance.now();
  let begun = 0;
  const caller = async () => {
    while (begun < callsPerRound) {
      begun += 1;
      const startMs = performance.now();
      await write(entry);
      await write(entry);
      tookMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: callsAtATime }, caller));
  await settle();
  const seconds = (performance.now() - beganMs) / 1_000;
  tookMs.sort((one, other) => one - other);
  const at = (share: number) => tookMs[Math.floor(share * (tookMs.length - 1))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), recordsPerSecond: (2 * callsPerRound) / seconds };
}

function print(measured: ReadonlyMap<string, readonly Round[]>): void {
  const lines = [...measured].map(([name, results]) => {
    const [p50, p99, rate] = (["p50Ms", "p99Ms", "recordsPerSecond"] as const).map((field) =>
      median(results.map((result) => result[field])),
    );
    const rateText = name === "off" ? "-" : String(Math.round(rate ?? 0));
    return `${name.padEnd(12)}${(p50 ?? 0).toFixed(3).padStart(12)}${(p99 ?? 0).toFixed(3).padStart(12)}${rateText.padStart(14)}`;
  });
  const header = `${"".padEnd(12)}${"p50 ms/call".padStart(12)}${"p99 ms/call".padStart(12)}${"records/s".padStart(14)}`;
  const title = `two records per call, ${callsAtATime} calls at a time, medians of ${rounds} rounds`;
  process.stdout.write(`${[title, header, ...lines].join("\n")}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
