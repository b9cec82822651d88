import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { redisKeys } from "../../core/redis/keys.ts";
import { createLog } from "../../core/service/log.ts";
import { startRedis, type TestRedis } from "../../test/support/redis.ts";
import { EndedSessions } from "./ended-sessions.ts";

const lifetimeMs = 1_000_000;
let server: TestRedis;
const closers: (() => void)[] = [];
beforeEach(async () => {
  server = await startRedis();
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await server.stop();
});

function connect(): Redis {
  const redis = new Redis(server.url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  redis.on("error", () => {});
  closers.push(() => redis.disconnect());
  return redis;
}

async function startProxy(options: { now?: () => number; maxRemembered?: number } = {}) {
  const [redis, subscriber] = [connect(), connect()];
  const log = createLog("test", "silent");
  const ended = new EndedSessions({ redis, subscriber, lifetimeMs, log, ...options });
  closers.unshift(() => ended.close());
  await vi.waitFor(async () => {
    const [, listeners] = await redis.pubsub("NUMSUB", redisKeys.endedSessionsChannel);
    expect(listeners).toBe(closers.length / 3);
  });
  return { ended, redis, subscriber };
}

it("are known at every proxy", async () => {
  const [one, two] = [await startProxy(), await startProxy()];
  await one.ended.end("session");
  expect(one.ended.has("session")).toBe(true);
  await vi.waitFor(() => expect(two.ended.has("session")).toBe(true));
  expect(two.ended.has("another")).toBe(false);
});

it("are known to a proxy that starts later", async () => {
  const one = await startProxy();
  await one.ended.end("session");
  const late = await startProxy();
  await late.ended.refresh();
  expect(late.ended.has("session")).toBe(true);
});

it("are known to a proxy that heard nothing for a while", async () => {
  const [one, deaf] = [await startProxy(), await startProxy()];
  await deaf.ended.refresh();
  await deaf.subscriber.unsubscribe(redisKeys.endedSessionsChannel);
  await one.ended.end("session");
  expect(deaf.ended.has("session")).toBe(false);
  await deaf.ended.refresh();
  expect(deaf.ended.has("session")).toBe(true);
});

it("end here while Redis is away, and elsewhere when it is back", async () => {
  const [one, two] = [await startProxy(), await startProxy()];
  const exec = vi.spyOn(one.redis, "multi").mockImplementationOnce(() => {
    const failing = one.redis.pipeline();
    failing.exec = async () => Promise.reject(new Error("Redis is away"));
    return failing;
  });
  await one.ended.end("session");
  expect(exec).toHaveBeenCalledOnce();
  expect(one.ended.has("session")).toBe(true);
  expect(two.ended.has("session")).toBe(false);

  await one.ended.refresh();
  await vi.waitFor(() => expect(two.ended.has("session")).toBe(true));
});

it("are forgotten when their ids are no longer valid", async () => {
  let now = 1_000_000_000;
  const one = await startProxy({ now: () => now });
  await one.ended.end("session");
  now += lifetimeMs;
  await one.ended.end("later");
  await one.ended.refresh();
  expect(one.ended.has("session")).toBe(false);
  expect(one.ended.has("later")).toBe(true);
  expect(await one.redis.zcard(redisKeys.endedSessions)).toBe(1);
});

it("are bounded, here and in Redis: the oldest make room", async () => {
  let now = 1_000_000_000;
  const one = await startProxy({ maxRemembered: 3, now: () => now++ });
  for (const session of ["a1", "b2", "c3", "d4"]) await one.ended.end(session);
  expect(["a1", "b2", "c3", "d4"].map((id) => one.ended.has(id))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(await one.redis.zcard(redisKeys.endedSessions)).toBe(3);
});

it("do not come back under another spelling of the same id", async () => {
  const one = await startProxy();
  await one.ended.end("QUJD-_");
  for (const spelled of ["QUJD+/", "QUJD-_==", " QUJD-_"]) {
    expect(one.ended.has(spelled)).toBe(true);
  }
});
