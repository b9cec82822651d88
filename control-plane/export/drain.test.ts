import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import type { AuditRecord } from "../../core/audit/record.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createMemoryLog } from "../../test/support/memory-log.ts";
import { freshRedisUrl } from "../../test/support/redis.ts";
import { MemorySink } from "../../test/support/sinks.ts";
import { ConsumerGroup } from "./consumer-group.ts";
import { DeadLetters } from "./dead-letters.ts";
import { type ExporterOptions, startExporter } from "./exporter.ts";
import { readExportSettings } from "./settings.ts";
import { SinkFailure } from "./sinks/sink.ts";

let url: string;
let redis: Redis;
let sink: MemorySink;
let lifecycle: Lifecycle;
let log: ReturnType<typeof createMemoryLog>;
const chain = new RecordChain({ producer: "proxy-1" });

beforeEach(async () => {
  url = await freshRedisUrl();
  lifecycle = new Lifecycle();
  redis = connectRedis(url, "durable", () => {});
  sink = new MemorySink();
  log = createMemoryLog();
});
afterEach(async () => {
  await lifecycle.close();
  redis.disconnect();
});

const settingsWith = (env: Readonly<Record<string, string>> = {}) =>
  readExportSettings({
    MCPGW_REDIS_URL: url,
    MCPGW_EXPORT_STATUS_PORT: "off",
    MCPGW_EXPORT_BATCH_WAIT_MS: "10",
    ...env,
  });

/** Waits for nothing: an outage of an hour passes in a moment. */
const waits: number[] = [];
const noWait = async (ms: number, signal: AbortSignal) => {
  waits.push(ms);
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
};

async function start(
  env: Readonly<Record<string, string>> = {},
  options: Partial<ExporterOptions> = {},
) {
  const own = new Lifecycle();
  lifecycle.use("an exporter", own, (it) => it.close());
  const exporter = await startExporter(
    {
      settings: settingsWith(env),
      stdout: process.stdout,
      log: log.log,
      sink,
      wait: noWait,
      ...options,
    },
    own,
  );
  return { ...exporter, stop: () => own.close() };
}

async function add(count: number, by = chain): Promise<string[]> {
  const records = Array.from({ length: count }, () => by.add({ event: "request", agent: "ann" }));
  await addTexts(records.map(({ text }) => text));
  return records.map(({ id }) => id);
}

async function addTexts(texts: readonly string[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const text of texts) {
    const { id, producer = "", bootId = "", sequence } = JSON.parse(text) as AuditRecord;
    const place = ["p", producer, "b", bootId, "s", String(sequence)];
    pipeline.xadd(redisKeys.auditStream, "*", "id", id, "d", text, ...place);
  }
  await pipeline.exec();
}

const taken = (ids: readonly string[]) =>
  vi.waitFor(() => expect(sink.ids).toEqual(ids), { timeout: 15_000, interval: 10 });
const value = async (metric: { get(): Promise<{ values: { value: number }[] }> }) =>
  (await metric.get()).values[0]?.value;
const pendingOf = async (group = "siem") =>
  ((await redis.xpending(redisKeys.auditStream, group)) as [number])[0];

it("exports what was there before it began, and then what comes, in its order", async () => {
  const before = await add(25);
  await start({ MCPGW_EXPORT_BATCH_RECORDS: "10" });
  await taken(before);

  const after = await add(3);

  await taken([...before, ...after]);
  await vi.waitFor(async () => expect(await pendingOf()).toBe(0));
  expect(sink.taken.map(({ line }) => (JSON.parse(line) as AuditRecord).id)).toEqual(sink.ids);
});

it("gives each name a copy of its own, whose group begins with the first record", async () => {
  const ids = await add(5);
  await start();
  await taken(ids);
  const other = new MemorySink();
  await start({ MCPGW_EXPORT_NAME: "archive" }, { sink: other });

  await vi.waitFor(() => expect(other.ids).toEqual(ids), 5_000);
  const groups = (await redis.xinfo("GROUPS", redisKeys.auditStream)) as unknown[][];
  expect(groups.map((it) => it[1]).sort()).toEqual(["archive", "siem"]);
});

it("cuts batches by records and by bytes; one record alone may be larger", async () => {
  const sizes: number[] = [];
  sink.onSend = (records) => {
    sizes.push(records.length);
    return [];
  };
  const ids = await add(20);
  const large = chain.add({ event: "request", result: "x".repeat(20_000) });
  await addTexts([large.text]);
  ids.push(large.id, ...(await add(1)));
  await start({ MCPGW_EXPORT_BATCH_RECORDS: "7", MCPGW_EXPORT_BATCH_BYTES: "5000" });

  await taken(ids);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(7);
  expect(sizes.filter((it) => it > 1).length).toBeGreaterThan(2);
});

it("acknowledges only what the sink has: what it was sending when it died comes again, in order", async () => {
  const ids = await add(10);
  const dying = new MemorySink();
  dying.onSend = () => new Promise(() => {});
  const held = await startExporter(
    {
      settings: settingsWith({ MCPGW_EXPORT_CONSUMER: "dies" }),
      stdout: process.stdout,
      log: log.log,
      sink: dying,
    },
    new Lifecycle(),
  );
  await vi.waitFor(() => expect(dying.tries).toBe(1), 5_000);
  // As after kill -9: it holds its entries, and its lease runs out.
  await redis.set(redisKeys.auditExportLease("siem"), "of nobody", "PX", 100);
  expect(await pendingOf()).toBe(10);

  const successor = await start({ MCPGW_EXPORT_CONSUMER: "lives" });

  await taken(ids);
  expect(await value(successor.metrics.claimed)).toBe(10);
  await vi.waitFor(async () => expect(await pendingOf()).toBe(0));
  expect(await value(held.metrics.records)).toBe(0);
});

it("lets one of a name work at a time; another begins when it stops", async () => {
  const first = await start({ MCPGW_EXPORT_CONSUMER: "one" });
  await vi.waitFor(async () => expect(await value(first.metrics.active)).toBe(1), 5_000);
  const second = await start({ MCPGW_EXPORT_CONSUMER: "two" });
  const ids = await add(5);
  await taken(ids);
  expect(await value(second.metrics.active)).toBe(0);

  await first.stop();
  const later = await add(5);

  await taken([...ids, ...later]);
  expect(await value(second.metrics.records)).toBe(5);
});

describe("entries that another consumer was given a moment too late", () => {
  const ghostRead = () =>
    redis.xreadgroup("GROUP", "siem", "ghost", "COUNT", 1, "STREAMS", redisKeys.auditStream, ">");

  it("arrive in their order, and are not taken for missing", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    sink.onSend = async () => {
      await held;
      return [];
    };
    const ids = await add(2);
    const { metrics } = await start({ MCPGW_EXPORT_BATCH_RECORDS: "1" });
    // One is being sent, the next was read ahead.
    await vi.waitFor(async () => expect(await pendingOf()).toBe(2), 5_000);
    ids.push(...(await add(1)));
    await ghostRead();
    ids.push(...(await add(1)));
    release();

    await taken(ids);
    expect(await value(metrics.gaps)).toBe(0);
    await vi.waitFor(async () => expect(await pendingOf()).toBe(0));
  });

  it("are taken over also when nothing comes after them", async () => {
    const ids = await add(1);
    await start();
    await taken(ids);
    await vi.waitFor(async () => expect(await pendingOf()).toBe(0));
    const text = chain.add({ event: "request" });
    // In one step, so that the exporter cannot be quicker.
    const place = ["id", text.id, "d", text.text, "p", "proxy-1", "b", text.bootId];
    await redis
      .multi()
      .xadd(redisKeys.auditStream, "*", ...place, "s", String(text.sequence))
      .xreadgroup("GROUP", "siem", "ghost", "COUNT", 1, "STREAMS", redisKeys.auditStream, ">")
      .exec();

    await taken([...ids, text.id]);
  });
});

describe("while the sink is away", () => {
  it("for an hour: waits longer each time, reads no further, loses nothing and repeats nothing", async () => {
    let awayForMs = 0;
    waits.length = 0;
    sink.onSend = () => {
      awayForMs = waits.reduce((sum, ms) => sum + ms, 0);
      if (awayForMs < 3_600_000) throw new SinkFailure("no route", { kind: "away" });
      return [];
    };
    const ids = await add(500);
    const { metrics } = await start({ MCPGW_EXPORT_BATCH_RECORDS: "50" });
    await taken(ids);

    expect(awayForMs).toBeGreaterThanOrEqual(3_600_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    // At 3 to 30 s each, not once per millisecond.
    expect(waits.length).toBeLessThan(1_500);
    expect(await value(metrics.retries)).toBe(waits.length);
    expect(log.lines().filter((it) => it.includes("takes no records"))).toHaveLength(1);
  });

  it("for an hour, in which producers write on: all of it arrives, each producer's records in their order", async () => {
    waits.length = 0;
    let added = Promise.resolve();
    const written: string[][] = [[], []];
    const producers = ["proxy-a", "proxy-b"].map((producer) => new RecordChain({ producer }));
    sink.onSend = () => {
      const awayForMs = waits.reduce((sum, ms) => sum + ms, 0);
      if (awayForMs >= 3_600_000) return [];
      // What both write meanwhile: one record per second.
      const seconds = Math.max(1, Math.round((waits.at(-1) ?? 0) / 1_000));
      added = added.then(async () => {
        for (const [index, by] of producers.entries()) {
          written[index]?.push(...(await add(seconds, by)));
        }
      });
      throw new SinkFailure("no route", { kind: "away" });
    };
    await add(1);
    const { metrics } = await start();

    const total = () => 1 + written.flat().length;
    await vi.waitFor(
      async () => {
        await added;
        expect(sink.ids.length).toBe(total());
      },
      { timeout: 30_000, interval: 50 },
    );
    expect(total()).toBeGreaterThan(7_000);
    for (const ids of written) {
      const own = new Set(ids);
      expect(sink.ids.filter((id) => own.has(id))).toEqual(ids);
    }
    expect(await value(metrics.missing)).toBe(0);
  });

  it("holds no more than two pages in memory", async () => {
    sink.onSend = () => {
      throw new SinkFailure("no route", { kind: "away" });
    };
    await add(1_000);
    await start({ MCPGW_EXPORT_BATCH_RECORDS: "10" });
    await vi.waitFor(() => expect(sink.tries).toBeGreaterThan(20), 5_000);

    expect(await pendingOf()).toBeLessThanOrEqual(20);
  });

  it("waits as long as the sink asks", async () => {
    waits.length = 0;
    sink.onSend = () => {
      if (sink.tries < 2) throw new SinkFailure("busy", { kind: "away", retryAfterMs: 120_000 });
      return [];
    };
    const ids = await add(1);
    await start();
    await taken(ids);

    expect(waits).toEqual([120_000]);
  });
});

describe("a record that the sink refuses", () => {
  const refuse = (bad: string) => {
    sink.onSend = (records) => {
      if (records.some(({ id }) => id === bad)) throw new SinkFailure("bad", { kind: "refused" });
      return [];
    };
  };

  it("becomes a dead letter alone, and the others arrive in their order", async () => {
    const ids = await add(40);
    const bad = ids[17] ?? "";
    refuse(bad);
    const { metrics } = await start();

    await taken(ids.filter((id) => id !== bad));
    await vi.waitFor(async () => expect(await pendingOf()).toBe(0));
    const dead = await redis.xrange(redisKeys.auditExportDead("siem"), "-", "+");
    expect(dead.map(([, fields]) => [fields[3], fields[5]])).toEqual([[bad, "bad"]]);
    expect(await value(metrics.deadLettered)).toBe(1);
  });

  it("is believed at once only of a sink that has taken something: another may be set up wrongly", async () => {
    const [bad = ""] = await add(1);
    refuse(bad);
    await start();

    await vi.waitFor(async () => {
      expect(await redis.xlen(redisKeys.auditExportDead("siem"))).toBe(1);
    }, 5_000);
    expect(sink.tries).toBe(10);
  });

  it("stops the drain when there is no room for dead letters, and is not lost", async () => {
    sink.onSend = (records) => records.map((_, index) => ({ index, reason: "never" }));
    await add(5);
    await start({ MCPGW_EXPORT_MAX_DEAD_LETTERS: "2", MCPGW_EXPORT_BATCH_RECORDS: "1" });

    await vi.waitFor(() => {
      expect(log.lines().join()).toContain("exporting failed");
    }, 5_000);
    expect(await redis.xlen(redisKeys.auditExportDead("siem"))).toBe(2);
    expect(await pendingOf()).toBeGreaterThan(0);
  });
});

describe("dead letters that an operator has sent again", () => {
  const refuseAll = () => {
    sink.onSend = (records) => records.map((_, index) => ({ index, reason: "never" }));
  };
  const buried = async (count: number) => {
    await vi.waitFor(
      async () => expect(await redis.xlen(redisKeys.auditExportDead("siem"))).toBe(count),
      10_000,
    );
  };
  const retryAll = async () => {
    const letters = new DeadLetters(redis, "siem");
    return letters.retry((await letters.list("", 100)).map(({ key }) => key));
  };

  it("arrive after what is being sent, each once, and are dead letters no longer", async () => {
    refuseAll();
    const ids = await add(3);
    await start();
    await buried(3);
    sink.onSend = () => [];
    expect(await retryAll()).toHaveLength(3);

    await taken(ids);
    await buried(0);
    expect(await redis.xlen(redisKeys.auditExportRetry("siem"))).toBe(0);
    ids.push(...(await add(1)));
    await taken(ids);
  });

  it("are sent also by an exporter that ends when nothing is left", async () => {
    refuseAll();
    const ids = await add(2);
    const first = await start({ MCPGW_EXPORT_UNTIL_EMPTY: "true" });
    await first.finished;
    sink.onSend = () => [];
    await retryAll();

    await (await start({ MCPGW_EXPORT_UNTIL_EMPTY: "true" })).finished;
    expect(sink.ids).toEqual(ids);
  });

  it("become dead letters again when they are refused again, with the new reason", async () => {
    refuseAll();
    const ids = await add(2);
    await start();
    await buried(2);
    sink.onSend = (records) => records.map((_, index) => ({ index, reason: "still not" }));
    await retryAll();

    await vi.waitFor(async () => {
      const letters = await new DeadLetters(redis, "siem").list("", 10);
      expect(letters.map(({ id, reason }) => [id, reason])).toEqual(
        ids.map((id) => [id, "still not"]),
      );
    }, 10_000);
    expect(await redis.xlen(redisKeys.auditExportRetry("siem"))).toBe(0);
  });

  it("are taken once, whoever else asks for them", async () => {
    refuseAll();
    await add(50);
    await start();
    await buried(50);
    refuseAll();
    const letters = new DeadLetters(redis, "siem");
    const keys = (await letters.list("", 100)).map(({ key }) => key);

    const takers = [letters.drop(keys), new DeadLetters(redis, "siem").drop(keys)];

    const counts = (await Promise.all(takers)).map((it) => it.length);
    expect(counts.reduce((sum, it) => sum + it, 0)).toBe(50);
  });
});

describe("missing records", () => {
  it("are told of when the next one shows it, to people and to the sink, once", async () => {
    const records = Array.from({ length: 6 }, () => chain.add({ event: "request" }));
    await addTexts(records.slice(0, 1).map(({ text }) => text));
    const { metrics } = await start({ MCPGW_EXPORT_FORMAT: "ocsf" });
    await taken([records[0]?.id ?? ""]);
    await addTexts(records.slice(4).map(({ text }) => text));

    await vi.waitFor(() => expect(sink.taken).toHaveLength(4), 5_000);
    const { message, metadata, severity_id: severity } = JSON.parse(sink.taken[1]?.line ?? "{}");
    expect(metadata).toMatchObject({ event_code: "audit.gap" });
    const from = records[1]?.sequence;
    expect(message).toContain(`3 records of proxy-1 are missing: ${from} to ${(from ?? 0) + 2}`);
    expect(severity).toBe(4);
    await vi.waitFor(async () => expect(await value(metrics.missing)).toBe(3));
    expect(log.lines().join()).toContain("records are missing from the audit stream");
  });

  it("are noticed although no exporter ran when they went missing", async () => {
    await add(3);
    const first = await start();
    await vi.waitFor(async () => expect(await value(first.metrics.records)).toBe(3), 5_000);
    await vi.waitFor(async () => expect(await pendingOf()).toBe(0));
    await first.stop();
    chain.add({ event: "request" });
    await add(1);
    // Of a producer that started meanwhile, the beginning is missing.
    const other = new RecordChain({ producer: "proxy-2" });
    other.add({ event: "audit.started" });
    await add(1, other);

    const second = await start();

    await vi.waitFor(async () => expect(await value(second.metrics.gaps)).toBe(2), 5_000);
    expect(await value(second.metrics.missing)).toBe(2);
  });

  it("are no repeats, nor the beginning of a stream that was trimmed before the first exporter", async () => {
    const late = new RecordChain({ producer: "proxy-3" });
    late.add({ event: "audit.started" });
    const records = [late.add({ event: "request" }), late.add({ event: "request" })];
    const texts = records.map(({ text }) => text);
    await addTexts([...texts, ...texts]);
    const { metrics } = await start();

    await vi.waitFor(async () => expect(await value(metrics.repeats)).toBe(2), 5_000);
    expect(await value(metrics.gaps)).toBe(0);
  });

  it("are counted when they were trimmed after they were handed out", async () => {
    await add(5);
    await redis.xgroup("CREATE", redisKeys.auditStream, "siem", "0");
    await redis.xreadgroup(
      "GROUP",
      "siem",
      "dead",
      "COUNT",
      3,
      "STREAMS",
      redisKeys.auditStream,
      ">",
    );
    await redis.xtrim(redisKeys.auditStream, "MAXLEN", 3);
    const { metrics } = await start();

    await vi.waitFor(async () => expect(await value(metrics.lost)).toBe(2), 5_000);
    await vi.waitFor(() => expect(sink.taken).toHaveLength(3));
  });
});

it("forgets consumers that left nothing behind, and never one that holds entries", async () => {
  await add(2);
  await redis.xgroup("CREATE", redisKeys.auditStream, "siem", "0");
  const { auditStream } = redisKeys;
  await redis.xgroup("CREATECONSUMER", auditStream, "siem", "gone");
  await redis.xreadgroup("GROUP", "siem", "holds", "COUNT", 1, "STREAMS", auditStream, ">");
  const options = { reading: redis, redis, group: "siem", consumer: "own" };
  const group = new ConsumerGroup(options);
  const names = async () =>
    ((await redis.xinfo("CONSUMERS", auditStream, "siem")) as string[][]).map((it) => it[1]);

  expect(await group.forgetOthers(3_600_000)).toBe(0);
  expect(await group.forgetOthers(0)).toBe(1);
  expect(await names()).toEqual(["holds"]);
});

describe("what happens to the stream underneath", () => {
  it("the group is destroyed: it begins again, and nothing is missing", async () => {
    const ids = await add(20);
    const { metrics } = await start();
    await taken(ids);
    await redis.xgroup("DESTROY", redisKeys.auditStream, "siem");
    const after = await add(5);

    await vi.waitFor(() => expect(sink.ids.slice(-5)).toEqual(after), 15_000);
    expect(new Set(sink.ids)).toEqual(new Set([...ids, ...after]));
    expect(await value(metrics.missing)).toBe(0);
    await vi.waitFor(async () => expect(await pendingOf()).toBe(0));
  });

  it("the whole stream is deleted: what comes then arrives, and what was not exported is told of", async () => {
    const ids = await add(3);
    const { metrics } = await start();
    await taken(ids);
    await vi.waitFor(async () => expect(await pendingOf()).toBe(0));
    await redis.del(redisKeys.auditStream);
    chain.add({ event: "request" });
    const after = await add(2);

    await taken([...ids, ...after]);
    await vi.waitFor(async () => expect(await value(metrics.missing)).toBe(1));
  });

  it("records are trimmed before anybody read them: it is told of how many", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    sink.onSend = async () => {
      await held;
      return [];
    };
    await add(40);
    const { metrics } = await start({ MCPGW_EXPORT_BATCH_RECORDS: "2" });
    await vi.waitFor(() => expect(sink.tries).toBe(1), 5_000);
    await redis.xtrim(redisKeys.auditStream, "MAXLEN", 10);
    release();

    await vi.waitFor(async () => {
      const told = (await value(metrics.missing)) ?? 0;
      expect(told + new Set(sink.ids).size).toBe(40);
    }, 15_000);
    expect(await value(metrics.missing)).toBeGreaterThan(20);
  });
});

it("reads fewer of large records at once: they are what fills the memory", async () => {
  sink.onSend = () => {
    throw new SinkFailure("no route", { kind: "away" });
  };
  const texts = Array.from({ length: 100 }, () =>
    chain.add({ event: "request", result: "x".repeat(1_000_000) }),
  ).map(({ text }) => text);
  for (let from = 0; from < texts.length; from += 10) await addTexts(texts.slice(from, from + 10));
  await start();
  await vi.waitFor(() => expect(sink.tries).toBeGreaterThan(5), 10_000);

  // One page that is sent, and one that was read ahead, of what fits into 4 MB once it is known how large they are.
  expect(await pendingOf()).toBeLessThanOrEqual(16 + 4);
});

it("does not believe at once a sink that has never taken anything and refuses each record", async () => {
  sink.onSend = (records) => records.map((_, index) => ({ index, reason: "no such field" }));
  await add(4);
  await start();

  await vi.waitFor(async () => {
    expect(await redis.xlen(redisKeys.auditExportDead("siem"))).toBe(4);
  }, 10_000);
  // All four, halves of them, and each ten times.
  expect(sink.tries).toBe(1 + 2 + 40);
});

it("passes entries on that are no records, and goes on after them", async () => {
  await redis.xadd(redisKeys.auditStream, "*", "d", "no json");
  await redis.xadd(redisKeys.auditStream, "*", "other", "x");
  const ids = await add(1);
  await start();

  await vi.waitFor(() => expect(sink.taken).toHaveLength(3), 5_000);
  expect(sink.taken.map(({ record }) => record["event"])).toEqual([
    "malformed",
    "malformed",
    "request",
  ]);
  expect(sink.ids.at(-1)).toBe(ids[0]);
});

it("ends by itself when it was asked to export what is there", async () => {
  const ids = await add(2_500);
  const { finished } = await start({ MCPGW_EXPORT_UNTIL_EMPTY: "true" });

  await finished;

  expect(sink.ids).toEqual(ids);
  expect(await pendingOf()).toBe(0);
});

it("shows what it does to whoever asks over HTTP", async () => {
  await add(7);
  const { statusPort, metrics } = await start({ MCPGW_EXPORT_STATUS_PORT: "0" });
  await vi.waitFor(async () => expect(await value(metrics.records)).toBe(7), 5_000);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${statusPort}${path}`)).text();

  await vi.waitFor(
    async () => expect(await get("/metrics")).toMatch(/^mcpgw_export_lag_entries 0$/m),
    10_000,
  );
  const text = await get("/metrics");
  expect(text).toMatch(/^mcpgw_export_records_total 7$/m);
  expect(text).toMatch(/^mcpgw_export_lag_seconds 0$/m);
  expect(text).toMatch(/^mcpgw_export_bytes_total [1-9]/m);
  expect(await get("/readyz")).toBe("ok\n");
});
