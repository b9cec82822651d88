import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startRedis, type TestRedis } from "../../test/support/redis.ts";
import { checkRedis } from "./check-redis.ts";

let server: TestRedis;
let redis: Redis;

beforeEach(async () => {
  server = await startRedis({ durable: true });
  redis = new Redis(server.url);
});
afterEach(async () => {
  redis.disconnect();
  await server.stop();
});

it("finds nothing wrong with the Redis that the gateway starts itself", async () => {
  expect(await checkRedis(redis)).toEqual([]);
});

it("names each wrong setting, and the command that mends it", async () => {
  await redis.config("SET", "maxmemory-policy", "allkeys-lru");
  await redis.config("SET", "appendonly", "no");

  const problems = await checkRedis(redis);

  expect(problems).toHaveLength(2);
  expect(problems[0]).toMatch(/allkeys-lru.*CONFIG SET maxmemory-policy noeviction$/);
  expect(problems[1]).toMatch(/appendonly no.*CONFIG SET appendonly yes$/);
});

it("only warns where a managed service forbids to look at its settings", async () => {
  await redis.config("SET", "maxmemory-policy", "allkeys-lru");
  await redis.config("SET", "appendonly", "no");
  await redis.call("ACL", "SETUSER", "managed", "on", "nopass", "~*", "+@all", "-config");
  const managed = new Redis(server.url, { username: "managed", password: "any" });
  const warnings: string[] = [];

  const problems = await checkRedis(managed, (warning) => warnings.push(warning));

  managed.disconnect();
  expect(problems).toEqual([]);
  expect(warnings).toHaveLength(2);
});

it("refuses a replica", async () => {
  await redis.replicaof("127.0.0.1", 1);

  expect(await checkRedis(redis)).toEqual([expect.stringContaining("is a replica")]);
});

it("refuses a version that lacks what the scripts use", async () => {
  const old = Object.create(redis) as Redis;
  old.info = async () => "# Server\r\nredis_version:6.2.14\r\nrole:master\r\n";

  expect(await checkRedis(old)).toEqual([
    "Redis is version 6.2.14, and the gateway needs 7.0 or later: upgrade it.",
  ]);
});
