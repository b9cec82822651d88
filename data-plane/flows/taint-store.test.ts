import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectRedis } from "../../core/redis/connect.ts";
import { startRedis, type TestRedis } from "../../test/support/redis.ts";
import type { Reading, Taint, TaintOwner } from "./taint.ts";
import { TaintStore } from "./taint-store.ts";
import { codeOf, type Digest } from "./trace/digest-table.ts";
import { KeyedDigests } from "./trace/keyed-digests.ts";

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
const digests = new KeyedDigests(Buffer.alloc(32, 7));
/** Of texts, as the tracer makes them. */
const digestsOf = (...texts: string[]): Digest[] => {
  for (const text of texts) digests.addText("text", text);
  const halves = digests.take();
  return texts.map((_, at) => ({ low: halves[2 * at] ?? 0, high: halves[2 * at + 1] ?? 0 }));
};
const wanted = (traces: string[], names: string[] = []) => ({
  traces: digestsOf(...traces),
  names: digestsOf(...names),
});
/** Which of the texts were found, and by which call they were read. */
const told = (texts: string[], found: Taint["traces"]) => {
  const calls = new Map([...found].map(([digest, from]) => [codeOf(digest), from?.call]));
  return texts.flatMap((text) => {
    const code = codeOf(digestsOf(text)[0] ?? { low: 0, high: 0 });
    return calls.has(code) ? [[text, calls.get(code)]] : [];
  });
};
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
    await store.note(owner, reading(wanted(["a", "b"])), source("1"));
    await store.note(owner, reading(wanted(["b", "c"])), source("2"));
    const { traces, hasTraces } = await store.look(owner, wanted(["a", "b", "x"]));
    expect(told(["a", "b", "x"], traces)).toEqual([
      ["a", "1"],
      ["b", "1"],
    ]);
    expect(hasTraces).toBe(true);
  });

  it("holds a name against nobody who said it before, whoever says it later", async () => {
    await store.note(owner, reading(wanted([], ["mine"])), source("1"));
    await store.note(
      owner,
      reading({ ...wanted([], ["mine", "theirs"]), isUntrusted: true }),
      source("2"),
    );
    await store.note(owner, reading(wanted([], ["theirs"])), source("3"));
    const { names } = await store.look(owner, wanted([], ["mine", "theirs", "nobodys"]));
    expect(told(["mine", "theirs", "nobodys"], names)).toEqual([["theirs", "2"]]);
  });

  it("is bounded: the oldest traces and sources go first", async () => {
    const batch = (from: number) => Array.from({ length: 8_000 }, (_, n) => `d${from + n}`);
    for (let from = 0; from < 80_000; from += 8_000) {
      const texts = batch(from);
      await store.note(owner, reading(wanted(texts, texts)), source(String(from)));
    }
    const bytes = (keys: string[]) => Promise.all(keys.map((key) => redis.strlen(key)));
    const [said = 0] = await bytes(await redis.keys("*:said"));
    const [named = 0] = await bytes(await redis.keys("*:named"));
    expect([said <= 524_288, said >= 393_216]).toEqual([true, true]);
    expect([named <= 262_144, named >= 196_608]).toEqual([true, true]);
    const asked = ["d0", "d8000", "d40000", "d79999"];
    for (const anyone of [store, new TaintStore(redis)]) {
      const { traces } = await anyone.look(owner, wanted(asked));
      expect(told(asked, traces)).toEqual([
        ["d40000", "40000"],
        ["d79999", "72000"],
      ]);
    }
    for (let count = 0; count < 1_010; count += 1) {
      await store.note(owner, reading(wanted([`e${count}`])), source(String(count)));
    }
    const [labels = ""] = await redis.keys("*:labels");
    const sources = (await redis.hkeys(labels)).filter((field) => field.startsWith("source:"));
    expect(sources).toHaveLength(1_000);
  });

  it("is not noted twice, and what is read again stays as long as what is new", async () => {
    const texts = Array.from({ length: 1_000 }, (_, n) => `again${n}`);
    for (let round = 0; round < 20; round += 1) {
      await store.note(owner, reading(wanted(texts)), source("old"));
    }
    const [said = ""] = await redis.keys("*:said");
    expect(await redis.strlen(said)).toBe(8 * 1_001);
    for (let round = 0; round < 120; round += 1) {
      const others = Array.from({ length: 1_000 }, (_, n) => `other${round}.${n}`);
      await store.note(owner, reading(wanted(others)), source("other"));
      await store.note(owner, reading(wanted(texts)), source("new"));
    }
    expect((await store.look(owner, wanted(texts))).traces.size).toBe(1_000);
  });

  it("is the same for every proxy, whatever each has seen of it", async () => {
    const proxies = [store, new TaintStore(redis), new TaintStore(redis, 0), new TaintStore(redis)];
    const texts: string[] = [];
    for (let round = 0; round < 60; round += 1) {
      const here = Array.from({ length: (round % 7) * 40 }, (_, n) => `r${round % 50}.${n}`);
      texts.push(...here);
      const noting = proxies[round % 3] as TaintStore;
      const looks = proxies.map((proxy) => proxy.look(owner, wanted(texts.slice(0, 50))));
      await Promise.all([noting.note(owner, reading(wanted(here)), source("1")), ...looks]);
    }
    const asked = [...new Set(texts), "nobody's"];
    for (const proxy of proxies) {
      const { traces } = await proxy.look(owner, wanted(asked));
      expect(told(asked, traces)).toHaveLength(asked.length - 1);
    }
  });

  it.each(["forgotten", "older", "another"])(
    "is noted whole where Redis has %s than a proxy has seen",
    async (what) => {
      const other = new TaintStore(redis);
      const note = (by: TaintStore, ...texts: string[]) =>
        by.note(owner, reading(wanted(texts, texts)), source("1"));
      await note(store, "a", "b");
      const [said = ""] = await redis.keys("*:said");
      const before = await redis.getBuffer(said);
      await note(store, "c", "d");
      await redis.set(said, before ?? "");
      if (what === "forgotten") await redis.flushall();
      if (what === "another") await note(other, "x", "y", "z");
      await note(store, "a", "c");
      const asked = ["a", "b", "c", "d", "x"];
      const there = { forgotten: "ac", older: "abc", another: "abcx" }[what];
      for (const anyone of [store, other, new TaintStore(redis)]) {
        const { traces } = await anyone.look(owner, wanted(asked));
        expect(
          told(asked, traces)
            .map(([text]) => text)
            .join(""),
        ).toBe(there);
      }
    },
  );

  it("is forgotten as a whole, so long after it was last noted or looked for", async () => {
    await store.note(
      owner,
      reading({ labels: ["reads-private"], ...wanted(["a"], ["b"]) }),
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
