import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { AuditEntry } from "../../core/audit/record.ts";
import { isBefore } from "../../core/audit/stream-entry.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { createLog } from "../../core/service/log.ts";
import { freshRedisUrl } from "../../test/support/redis.ts";
import { AuditTrimmer } from "./audit-trimmer.ts";

const stream = redisKeys.auditStream;
let redis: Redis;
let written: AuditEntry[];

beforeAll(async () => {
  redis = connectRedis(await freshRedisUrl(), "durable", () => {});
});
beforeEach(async () => {
  await redis.flushdb();
  written = [];
});
afterAll(() => redis.disconnect());

it("without consumer groups keeps about so many of the youngest, and records how many went", async () => {
  await fill(3_000);

  await trim({ maxRecords: 1_000 });

  const length = await redis.xlen(stream);
  expect(length).toBeGreaterThanOrEqual(1_000);
  expect(length).toBeLessThan(1_200);
  const removed = String(3_000 - length);
  expect(written).toMatchObject([
    { event: "audit.trimming" },
    { event: "audit.trimmed", details: { removed } },
  ]);
});

it("records how far it will trim before it does: a process that dies in between leaves no riddle", async () => {
  await fill(3_000);
  const dying = {
    write: async (entry: AuditEntry) => {
      written.push(entry);
      if (entry.event === "audit.trimmed") throw new Error("it died");
    },
  };
  const options = { redis, log: createLog("test", "silent"), maxRecords: 1_000 };
  await expect(new AuditTrimmer({ ...options, audit: dying }).trim()).rejects.toThrow("it died");

  const [[first = ""] = []] = await redis.xrange(stream, "-", "+", "COUNT", 1);
  const upTo = written[0]?.details?.["upTo"] ?? "";
  expect(isBefore(upTo, first)).toBe(false);
  expect((await redis.xrange(stream, "-", `(${upTo}`)).length).toBeLessThan(100);
  expect(await redis.xlen(stream)).toBeLessThan(1_100);
});

it("removes nothing when it cannot record it", async () => {
  await fill(3_000);
  const audit = { write: () => Promise.reject(new Error("Redis takes no records")) };
  const options = { redis, log: createLog("test", "silent"), maxRecords: 1_000 };
  await expect(new AuditTrimmer({ ...options, audit }).trim()).rejects.toThrow("takes no records");
  expect(await redis.xlen(stream)).toBe(3_000);
});

it("never takes away what a group has not acknowledged, however long the stream; it raises an alarm once", async () => {
  await fill(3_000);
  await redis.xgroup("CREATE", stream, "siem", "0");
  await redis.xgroup("CREATE", stream, "quick", "$");
  const read = (await redis.xreadgroup(
    "GROUP",
    "siem",
    "a",
    "COUNT",
    1_500,
    "STREAMS",
    stream,
    ">",
  )) as [[string, [string, string[]][]]];
  const ids = read[0][1].map(([id]) => id);
  // All but one of the first 500: that one holds back all after it.
  await redis.xack(stream, "siem", ...ids.filter((_, index) => index !== 500));

  const trimmer = await trim({ maxRecords: 1_000 });
  await trimmer.trim();

  const [oldest] = await redis.xrange(stream, "-", "+", "COUNT", 1);
  expect(Number(oldest?.[1][1])).toBeLessThanOrEqual(500);
  expect(Number(oldest?.[1][1])).toBeGreaterThan(300);
  expect(written.map(({ event }) => event)).toEqual([
    "audit.trimming",
    "audit.trimmed",
    "audit.backlog",
  ]);
  expect(written[2]?.details).toMatchObject({ group: "siem" });

  await redis.xack(stream, "siem", ids[500] ?? "");
  await trimmer.trim();
  const [next] = await redis.xrange(stream, "-", "+", "COUNT", 1);
  expect(Number(next?.[1][1])).toBeGreaterThan(1_300);
});

it("raises the alarm before the stream is full, where a group is that far behind", async () => {
  await fill(850);
  await redis.xgroup("CREATE", stream, "siem", "0");

  await trim({ maxRecords: 1_100 });
  expect(written).toEqual([]);
  await trim({ maxRecords: 1_000 });

  expect(written).toMatchObject([
    { event: "audit.backlog", details: { group: "siem", waiting: "850", records: "850" } },
  ]);
});

it("removes what is older than the age, where one is set", async () => {
  await fill(500);
  const inAnHour = Date.now() + 3_600_000;

  await trim({ maxRecords: 10_000, maxAgeMs: 60_000, now: () => inAnHour });

  expect(await redis.xlen(stream)).toBeLessThan(200);
});

it("does nothing where there is no stream", async () => {
  await trim({ maxRecords: 1 });
  expect(written).toEqual([]);
});

async function trim(options: { maxRecords: number; maxAgeMs?: number; now?: () => number }) {
  const audit = { write: async (entry: AuditEntry) => void written.push(entry) };
  const trimmer = new AuditTrimmer({ redis, audit, log: createLog("test", "silent"), ...options });
  await trimmer.trim();
  return trimmer;
}

async function fill(count: number): Promise<void> {
  const pipeline = redis.pipeline();
  for (let index = 0; index < count; index += 1) pipeline.xadd(stream, "*", "n", String(index));
  await pipeline.exec();
}
