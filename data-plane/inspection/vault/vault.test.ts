import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { connectRedis } from "../../../core/redis/connect.ts";
import { createLog } from "../../../core/service/log.ts";
import { startRedis, type TestRedis } from "../../../test/support/redis.ts";
import type { RedactedValue } from "../../call/redacted-value.ts";
import { RedactionKeys } from "../redaction-keys.ts";
import { Vault, type VaultOwner } from "./vault.ts";

const redactionKey = randomBytes(32);
const log = createLog("test", "silent");
const dayMs = 86_400_000;
const minute = 60_000;

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis({});
  redis = connectRedis(server.url, "limits", () => {});
  await vi.waitFor(() => redis.ping());
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});
beforeEach(() => redis.flushall());

function vaultAt(nowMs = Date.now(), secret = redactionKey): Vault {
  const keys = new RedactionKeys({ redactionKey: secret, redactionEpochDays: 1 });
  return new Vault({ redis, keys, log, nowMs: () => nowMs });
}

const route = { path: "/mcp" } as VaultOwner["route"];
const ann: VaultOwner = { principal: { agent: "ann", groups: [] }, route, session: "one" };

const tokenOf = (number: number) =>
  `[[mcpgw:email:${[...number.toString().padStart(10, "0")].map((it) => "abcdefghij"[Number(it)]).join("")}]]`;
const valuesOf = (count: number, value = "ann@corp-y.com", from = 0): RedactedValue[] =>
  Array.from({ length: count }, (_, index) => ({
    token: tokenOf(from + index),
    type: "email",
    value: `${index}${value}`,
  }));
const token = tokenOf(0);

it("gives a value to whom it was kept for, and to nobody else", async () => {
  const vault = vaultAt();
  expect(await vault.keep(ann, valuesOf(2), minute)).toBe(0);
  expect([...(await vaultAt().look(ann, [token, tokenOf(1), tokenOf(2)])).values()]).toEqual([
    "0ann@corp-y.com",
    "1ann@corp-y.com",
  ]);
  const others: VaultOwner[] = [
    { ...ann, session: "two" },
    { principal: ann.principal, route },
    { ...ann, route: { path: "/other" } as VaultOwner["route"] },
    { ...ann, principal: { agent: "eve", groups: [] } },
    { ...ann, principal: { ...ann.principal, tenant: "t" } },
  ];
  for (const other of others) expect((await vault.look(other, [token])).size).toBe(0);
});

it("is sealed for its owner and token: what is moved in Redis opens for no other, and under no other secret", async () => {
  const vault = vaultAt();
  const two = { ...ann, session: "two" };
  await vault.keep(ann, valuesOf(2), minute);
  await vault.keep(two, valuesOf(1, "other"), minute);
  const keys = await redis.keys("*:values:*");
  const kept = await Promise.all(keys.map((key) => redis.hgetBuffer(key, token)));
  const bytes = kept.map((it) => it?.toString("latin1")).join();
  expect(bytes).not.toContain("corp-y");
  for (const [index, key] of keys.entries()) {
    await redis.hset(key, token, kept[1 - index] ?? "", tokenOf(1), kept[index] ?? "");
  }
  await redis.zadd(redisKeysOf(keys, "ends")[0] ?? "", Date.now() + minute, tokenOf(1));
  await redis.zadd(redisKeysOf(keys, "ends")[1] ?? "", Date.now() + minute, tokenOf(1));

  for (const owner of [ann, two]) {
    expect((await vault.look(owner, [token, tokenOf(1)])).size).toBe(0);
  }
  await vault.keep(ann, valuesOf(1), minute);
  expect((await vault.look(ann, [token])).size).toBe(1);
  expect((await vaultAt(Date.now(), randomBytes(32)).look(ann, [token])).size).toBe(0);
});

function redisKeysOf(keys: readonly string[], what: string): readonly string[] {
  return keys.map((key) => key.replace(":values:", `:${what}:`));
}

it("opens what was sealed in the epoch before, and nothing older", async () => {
  const now = Date.now();
  await vaultAt(now).keep(ann, valuesOf(1), minute);
  expect((await vaultAt(now + dayMs).look(ann, [token])).size).toBe(1);
  expect((await vaultAt(now + 2 * dayMs).look(ann, [token])).size).toBe(0);
});

it("forgets each value by itself, though its session keeps others", async () => {
  const vault = vaultAt();
  await vault.keep(ann, valuesOf(1), 300);
  await vault.keep(ann, valuesOf(1, "later", 1), minute);
  await vi.waitFor(async () => expect((await vault.look(ann, [token])).size).toBe(0));
  expect((await vault.look(ann, [tokenOf(1)])).size).toBe(1);
  // The next that is kept takes it away.
  await vault.keep(ann, valuesOf(1, "again", 2), minute);
  const [key = ""] = await redis.keys("*:values:*");
  expect(new Set(await redis.hkeys(key))).toEqual(new Set(["bytes", tokenOf(1), tokenOf(2)]));
});

it("keeps a thousand values of a session and 256 KiB, and says how many it left", async () => {
  const vault = vaultAt();
  expect(await vault.keep(ann, valuesOf(999), minute)).toBe(0);
  expect(await vault.keep(ann, valuesOf(3, "new", 998), minute)).toBe(1);
  expect((await vault.look(ann, [tokenOf(998), tokenOf(999), tokenOf(1_000)])).size).toBe(2);

  const two = { ...ann, session: "two" };
  const long = "x".repeat(4_000);
  const left = await vault.keep(two, valuesOf(100, long), minute);
  const [key = ""] = (await redis.keys("*:values:*")).filter(Boolean);
  expect(left).toBe(36);
  expect(await vault.keep(two, valuesOf(64, long), minute)).toBe(0);
  expect(Number(await redis.hget(key, "bytes"))).toBeLessThanOrEqual(256 * 1_024);
});

it("keeps for a hundred sessions of an agent, until one of them is forgotten", async () => {
  const vault = vaultAt();
  for (let session = 0; session < 100; session += 1) {
    await vault.keep({ ...ann, session: `${session}` }, valuesOf(1), minute);
  }
  expect(await vault.keep({ ...ann, session: "more" }, valuesOf(2), minute)).toBe(2);
  await vault.forget({ ...ann, session: "7" });
  expect((await vault.look({ ...ann, session: "7" }, [token])).size).toBe(0);
  expect(await vault.keep({ ...ann, session: "more" }, valuesOf(2), minute)).toBe(0);
});
