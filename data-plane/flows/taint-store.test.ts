import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectRedis } from "../../core/redis/connect.ts";
import { startRedis, type TestRedis } from "../../test/support/redis.ts";
import { type Reading, type TaintOwner, TaintStore } from "./taint-store.ts";

let server: TestRedis;
let redis: ReturnType<typeof connectRedis>;
let store: TaintStore;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, "durable", () => {});
  store = new TaintStore(redis);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});

const owner: TaintOwner = { tenant: "", agent: "ann", forMs: 60_000 };
const nothing = { traces: [], names: [] };
const reading = (more: Partial<Reading>): Reading => ({
  labels: [],
  ...nothing,
  isUntrusted: false,
  ...more,
});
const source = (call: string) => ({ call, tool: "files/read", at: 1_000 });

describe("what an agent has read", () => {
  it("keeps the first source of each label, apart for agents, tenants and sessions", async () => {
    await store.note(owner, reading({ labels: ["reads-private"] }), source("1"));
    await store.note(owner, reading({ labels: ["reads-private", "suspicious"] }), source("2"));
    const { labels } = await store.look(owner, nothing);
    expect([...labels].map(([label, { call }]) => `${label} ${call}`)).toEqual([
      "reads-private 1",
      "suspicious 2",
    ]);
    for (const other of [{ agent: "bob" }, { tenant: "t" }, { session: "s" }]) {
      expect((await store.look({ ...owner, ...other }, nothing)).labels.size).toBe(0);
    }
  });

  it("says where traces come from, and only those that were asked for", async () => {
    await store.note(owner, reading({ traces: ["a", "b"] }), source("1"));
    await store.note(owner, reading({ traces: ["b", "c"] }), source("2"));
    const { traces, hasTraces } = await store.look(owner, { traces: ["a", "b", "x"], names: [] });
    expect([...traces].map(([digest, from]) => [digest, from?.call])).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect(hasTraces).toBe(true);
  });

  it("holds a name against nobody who said it before, whoever says it later", async () => {
    await store.note(owner, reading({ names: ["mine"] }), source("1"));
    await store.note(owner, reading({ names: ["mine", "theirs"], isUntrusted: true }), source("2"));
    await store.note(owner, reading({ names: ["theirs"] }), source("3"));
    const { names } = await store.look(owner, { traces: [], names: ["mine", "theirs", "nobodys"] });
    expect([...names].map(([name, from]) => [name, from?.call])).toEqual([["theirs", "2"]]);
  });

  it("is bounded: the oldest traces and sources go first", async () => {
    const batch = (from: number) => Array.from({ length: 8_000 }, (_, n) => `d${from + n}`);
    for (let from = 0; from < 40_000; from += 8_000) {
      await store.note(owner, reading({ traces: batch(from), names: batch(from) }), source("x"));
    }
    const sizes = await Promise.all((await redis.keys("*:traces")).map((key) => redis.zcard(key)));
    const names = await Promise.all((await redis.keys("*:names")).map((key) => redis.zcard(key)));
    expect([...sizes, ...names]).toEqual([30_000, 20_000]);
    const { traces } = await store.look(owner, { traces: ["d0", "d39999"], names: [] });
    expect([...traces.keys()]).toEqual(["d39999"]);
    for (let count = 0; count < 1_010; count += 1) {
      await store.note(owner, reading({ traces: ["d39999"] }), source(String(count)));
    }
    const [labels = ""] = await redis.keys("*:labels");
    expect(await redis.hlen(labels)).toBe(1_001);
  });

  it("is forgotten as a whole, so long after it was last noted or looked for", async () => {
    await store.note(
      owner,
      reading({ labels: ["reads-private"], traces: ["a"], names: ["b"] }),
      source("1"),
    );
    const keys = await redis.keys("*");
    expect(keys).toHaveLength(3);
    for (const key of keys) await redis.pexpire(key, 10);
    await store.look(owner, nothing);
    const left = await Promise.all(keys.map((key) => redis.pttl(key)));
    expect(left.every((ms) => ms > 50_000)).toBe(true);
    expect(new Set(keys.map((key) => /\{.*\}/.exec(key)?.[0])).size).toBe(1);
  });
});
