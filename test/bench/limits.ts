import { Redis } from "ioredis";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisServer } from "../support/redis-server.ts";
import { type Contender, contendersOn } from "./limits/contenders.ts";
import { bytesPerKey, median, medianOf, pace, type Slice, saturate } from "./limits/measure.ts";

/**
 * Counts calls in three windows of 1, 10 and 30 minutes with the gateway's limiter and with other ways, in turn,
 * on one Redis of its own over loopback; prints medians. Ends with 1 when a target is missed: at most the sorted-set
 * log's Redis CPU for each check, and memory that does not grow with the calls, 256 bytes at most.
 */
const rounds = 5;
const forMs = 1_500;
const lowRate = 500;

const server = await RedisServer.start();
const redis = connectRedis(server.url, "limits", () => {});
const observer = new Redis(server.url);
await new Promise((resolve) => redis.once("ready", resolve));
try {
  process.exitCode = await run();
} finally {
  redis.disconnect();
  observer.disconnect();
  await server.stop();
}

async function run(): Promise<number> {
  const contenders = contendersOn(redis);
  const slices = contenders.map(() => ({ fast: [] as Slice[], slow: [] as Slice[] }));
  for (const contender of contenders) await saturate(contender, observer, 500);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      await observer.flushdb();
      slices[index]?.slow.push(await pace(contender, observer, { perSecond: lowRate, forMs }));
      slices[index]?.fast.push(await saturate(contender, observer, forMs));
    }
  }
  const rows: Row[] = [];
  const [own, log] = slices;
  // Round by round: what else the machine does falls on neighbours alike.
  const ratio = median(
    (own?.fast ?? []).map(
      ({ redisUsPerCheck }, round) => redisUsPerCheck / (log?.fast[round]?.redisUsPerCheck ?? 0),
    ),
  );
  for (const [index, contender] of contenders.entries()) {
    const { fast = [], slow = [] } = slices[index] ?? {};
    const few = await bytesPerKey(contender, observer, 100);
    const many = await bytesPerKey(contender, observer, 10_000);
    rows.push({ contender, fast: medianOf(fast), slow: medianOf(slow), few, many });
  }
  print(rows);
  return judge(rows, ratio);
}

interface Row {
  readonly contender: Contender;
  readonly fast: Slice;
  readonly slow: Slice;
  readonly few: number;
  readonly many: number;
}

function print(rows: readonly Row[]): void {
  say(
    `three windows per check; medians of ${rounds} rounds in turn; one Redis, one process, loopback`,
  );
  say(
    "way | promise | round trips | checks/s | Redis µs/check | Node µs/check | p50/p99 ms at 500/s | p50/p99 ms saturated | bytes per key after 100 / 10000 calls",
  );
  for (const { contender, fast, slow, few, many } of rows) {
    const { name, promise, roundTrips } = contender;
    const cells = [
      name,
      promise,
      roundTrips,
      Math.round(fast.checksPerSecond),
      fast.redisUsPerCheck.toFixed(1),
      fast.nodeUsPerCheck.toFixed(1),
      `${slow.p50Ms.toFixed(2)} / ${slow.p99Ms.toFixed(2)}`,
      `${fast.p50Ms.toFixed(2)} / ${fast.p99Ms.toFixed(2)}`,
      `${few} / ${many}`,
    ];
    say(cells.join(" | "));
    const late = contender.late?.() ?? 0;
    if (late > 0) say(`  (${late} checks were given up after 75 ms)`);
  }
}

function judge([ours]: readonly Row[], ratio: number): number {
  if (!ours) throw new Error("nothing was measured");
  const isFrugal = ratio <= 1;
  const isSmall = ours.few === ours.many && ours.many <= 256;
  say(
    `${isFrugal ? "met" : "MISSED"}: Redis CPU per check is ${ratio.toFixed(2)} of the sorted-set log's (round by round)`,
  );
  say(`${isSmall ? "met" : "MISSED"}: memory per key independent of the calls, at most 256 bytes`);
  return isFrugal && isSmall ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
