import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Contender } from "./contenders.ts";

export interface Slice {
  readonly checksPerSecond: number;
  readonly redisUsPerCheck: number;
  readonly nodeUsPerCheck: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const subjects = 500;
const inFlight = 64;

/** As fast as it goes: so many checks at a time. */
export function saturate(contender: Contender, redis: Redis, forMs: number): Promise<Slice> {
  return measure(redis, async (latenciesMs) => {
    const endMs = performance.now() + forMs;
    const loop = async () => {
      while (performance.now() < endMs) await timed(contender, latenciesMs);
    };
    await Promise.all(Array.from({ length: inFlight }, loop));
  });
}

/** So many checks in a second, however long each takes. */
export function pace(
  contender: Contender,
  redis: Redis,
  { perSecond, forMs }: { readonly perSecond: number; readonly forMs: number },
): Promise<Slice> {
  return measure(redis, async (latenciesMs) => {
    const beganAtMs = performance.now();
    const running: Promise<void>[] = [];
    const total = Math.round((perSecond * forMs) / 1_000);
    while (running.length < total) {
      const due = Math.min(((performance.now() - beganAtMs) * perSecond) / 1_000, total);
      while (running.length < due) running.push(timed(contender, latenciesMs));
      await sleep(1);
    }
    await Promise.all(running);
  });
}

async function timed(contender: Contender, latenciesMs: number[]): Promise<void> {
  const beganAtMs = performance.now();
  const admitted = await contender.check(Math.floor(Math.random() * subjects));
  if (!admitted) throw new Error(`${contender.name} refused a call that it had to admit`);
  latenciesMs.push(performance.now() - beganAtMs);
}

async function measure(
  redis: Redis,
  run: (latenciesMs: number[]) => Promise<void>,
): Promise<Slice> {
  const latenciesMs: number[] = [];
  const redisBefore = await redisCpuUs(redis);
  const nodeBefore = process.cpuUsage();
  const beganAtMs = performance.now();
  await run(latenciesMs);
  const seconds = (performance.now() - beganAtMs) / 1_000;
  const { user, system } = process.cpuUsage(nodeBefore);
  const redisUs = (await redisCpuUs(redis)) - redisBefore;
  latenciesMs.sort((one, other) => one - other);
  const checks = latenciesMs.length;
  return {
    checksPerSecond: checks / seconds,
    redisUsPerCheck: redisUs / checks,
    nodeUsPerCheck: (user + system) / checks,
    p50Ms: latenciesMs[Math.floor(checks * 0.5)] ?? 0,
    p99Ms: latenciesMs[Math.floor(checks * 0.99)] ?? 0,
  };
}

async function redisCpuUs(redis: Redis): Promise<number> {
  const info = await redis.info("cpu");
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0);
  return (seconds("used_cpu_user") + seconds("used_cpu_sys")) * 1_000_000;
}

/** Bytes that one key takes after so many calls of one subject: the largest of its three. */
export async function bytesPerKey(
  contender: Contender,
  redis: Redis,
  calls: number,
): Promise<number> {
  await redis.flushdb();
  for (let call = 0; call < calls; call += 1) await contender.check(0);
  const keys = await redis.keys("*");
  const sizes = await Promise.all(keys.map((key) => redis.call("MEMORY", "USAGE", key)));
  return Math.max(...sizes.map(Number));
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** By the value in the middle of each figure. */
export function medianOf(slices: readonly Slice[]): Slice {
  const middle = (figure: keyof Slice) => median(slices.map((slice) => slice[figure]));
  return {
    checksPerSecond: middle("checksPerSecond"),
    redisUsPerCheck: middle("redisUsPerCheck"),
    nodeUsPerCheck: middle("nodeUsPerCheck"),
    p50Ms: middle("p50Ms"),
    p99Ms: middle("p99Ms"),
  };
}
