import { afterEach, expect, it } from "vitest";
import type { CallContext } from "../../core/grpc/service.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { RedisServer } from "../../test/support/redis-server.ts";
import { AuditExports } from "./audit-exports.ts";
import { AuditKeys } from "./audit-keys.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

it("lists the keys, also when somebody wrote something else among them", async () => {
  const { keys, redis } = await start();
  await keys.pin("proxy-1", "a".repeat(43), 5);
  const others = ["{", "null", "[]", '{"publicKey":"x"}', '{"publicKey":1,"seenAtMs":"x"}'];
  for (const [at, it] of others.entries()) await redis.hset(redisKeys.auditKeys, `k${at}`, it);

  expect((await keys.list()).map(({ publicKey }) => publicKey)).toEqual(["a".repeat(43)]);
});

it("says that Redis does not answer", async () => {
  const { keys, redis, server } = await start();
  const exports = new AuditExports({ redis, keys, assertStillAdmitted: async () => {} });
  await server.kill();

  const asked = exports.handlers.listAuditKeys({} as never, {} as CallContext);
  await expect(asked).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("Redis does not answer"),
  });
}, 15_000);

async function start() {
  const server = await RedisServer.start();
  closers.push(() => server.stop());
  const redis = connectRedis(server.url, "durable", () => {});
  closers.push(() => redis.disconnect());
  await redis.ping();
  return { server, redis, keys: new AuditKeys(redis) };
}
