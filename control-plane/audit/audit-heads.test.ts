import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { startRedis, type TestRedis } from "../../test/support/redis.ts";
import { readHeads } from "./audit-heads.ts";

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis({ durable: true });
  redis = connectRedis(server.url, "durable", () => {});
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

it("tells where chains stand, also when somebody wrote something else among them", async () => {
  const time = new Date().toISOString();
  const head = { producer: "proxy-1", sequence: 3, hash: "ab" };
  await redis.hset(redisKeys.auditHeads, {
    one: JSON.stringify({ ...head, time }),
    garbage: "{",
    nothing: "null",
    timeless: JSON.stringify(head),
  });

  expect(await readHeads(redis)).toEqual([{ ...head, bootId: "one" }]);
});
