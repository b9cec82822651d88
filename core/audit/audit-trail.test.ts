import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromJson, toJson } from "@bufbuild/protobuf";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AuditRecordSchema } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { RedisServer } from "../../test/support/redis-server.ts";
import { connectRedis } from "../redis/connect.ts";
import { redisKeys } from "../redis/keys.ts";
import { Lifecycle } from "../service/lifecycle.ts";
import { createLog } from "../service/log.ts";
import { AuditTrail, type AuditTrailOptions } from "./audit-trail.ts";
import type { AuditEntry, AuditRecord } from "./record.ts";
import { ChainVerifier } from "./verify/chain-verifier.ts";

const log = createLog("test", "silent");

let lifecycle: Lifecycle;
let server: RedisServer;
let reader: Redis;
let folder: string;

beforeEach(async () => {
  lifecycle = new Lifecycle();
  folder = lifecycle.use("folder", mkdtempSync(join(tmpdir(), "mcpgw-audit-")), (it) =>
    rmSync(it, { recursive: true, force: true }),
  );
  server = lifecycle.use("redis", await RedisServer.start(["appendonly yes"]), (it) => it.stop());
  reader = connect();
});
afterEach(() => lifecycle.close());

const everything: AuditEntry = {
  event: "call.outcome",
  callId: "c1",
  agent: "ci-bot",
  groups: ["bots"],
  operator: "olga",
  clientAddress: "10.0.0.1",
  era: "modern",
  route: "/mcp",
  upstream: "files",
  method: "tools/call",
  tool: "read",
  operations: ["reads"],
  arguments: { path: "/", depth: [1, null, true] },
  result: "text",
  outcome: "answered",
  decision: {
    effect: "allow",
    rule: "all",
    reason: "fine",
    policyVersion: 7,
    limits: [{ name: "per-agent", refused: true, shadow: true, remaining: 3, retryAfterMs: 250 }],
  },
  approval: { id: "k7x2m9qd", state: "approved", approvers: ["olga"] },
  findings: [{ rule: "secrets.aws", direction: "result", pointer: "/a", action: "redacted" }],
  error: { code: -32000, message: "no" },
  durationsMs: { total: 12.5 },
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  parentSpanId: "00f067aa0ba902b7",
  tenant: "acme",
  login: {
    method: "jwt",
    issuer: "https://login.example.com",
    scopes: ["read"],
    delegation: [{ subject: "copilot", issuer: "https://login.example.com" }],
  },
  client: { name: "inspector", version: "2", userAgent: "node" },
  session: "0123456789abcdef",
  requestBytes: 10,
  responseBytes: 20,
  details: { agent: "x" },
};

it("writes records that are exactly the JSON form of the schema, beside what readers look for first", async () => {
  const trail = await open();

  await trail.write(everything);

  const [started, record] = await readStream(2);
  expect(record).toMatchObject({ ...everything, producer: "proxy-1", sequence: 2 });
  for (const it of [started, record]) {
    expect(toJson(AuditRecordSchema, fromJson(AuditRecordSchema, it as never))).toEqual(it);
  }
});

it("numbers and sorts what it writes, also when the clock steps back", async () => {
  let nowMs = 1_790_000_000_000;
  const trail = await open({ now: () => nowMs-- });

  await Promise.all(Array.from({ length: 500 }, () => trail.write({ event: "request" })));

  const records = await readStream(501);
  expect(records.map((it) => it.sequence)).toEqual(Array.from({ length: 501 }, (_, i) => i + 1));
  const ids = records.map((it) => it.id);
  expect(new Set(ids).size).toBe(501);
  expect(ids).toEqual([...ids].sort());
});

it("keeps records in files that nobody else can read", async () => {
  const trail = await open();
  await trail.write({ event: "request" }, "spooled");

  const own = readdirSync(folder).find((name) => name.startsWith("boot-")) ?? "";
  const modes = readdirSync(join(folder, own))
    .filter((name) => name.endsWith(".log"))
    .map((name) => statSync(join(folder, own, name)).mode & 0o777);
  expect(modes).toEqual([0o600]);
  expect(statSync(join(folder, own)).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "key.json")).mode & 0o777).toBe(0o600);
});

it("refuses what must be in Redis while that is away, and delivers what is on disk afterwards, in order", async () => {
  const trail = await open();
  await trail.write({ event: "before" });
  await server.kill();
  await vi.waitFor(() => expect(trail.isBehind).toBe(true));

  await expect(trail.write({ event: "strict" })).rejects.toThrow("Redis is away");
  await trail.write({ event: "spooled" }, "spooled");
  await trail.write({ event: "best" }, "shipped-if-possible");
  trail.keep({ event: "kept" });
  await server.restart();

  const events = (await readStream(5)).map(({ event }) => event);
  expect(events).toEqual(["audit.started", "before", "spooled", "best", "kept"]);
  await vi.waitFor(() => expect(trail.isBehind).toBe(false));
});

it("ends each wait when Redis hangs, and delivers all the same when it goes on", async () => {
  const trail = await open();
  await trail.write({ event: "before" });
  server.freeze();

  await expect(trail.write({ event: "strict" })).rejects.toThrow();
  await trail.write({ event: "spooled" }, "spooled");
  server.thaw();

  // What was on its way when Redis hung may have come twice.
  await vi.waitFor(async () => {
    const events = (await readStream(4)).map(({ event }) => event);
    expect(distinct(events)).toEqual(["audit.started", "before", "strict", "spooled"]);
  }, 10_000);
});

it("delivers what a process that died had on disk, before its own, and begins with its last hash", async () => {
  const dead = await open();
  await dead.write({ event: "shipped" });
  await server.kill();
  await dead.write({ event: "left 1" }, "spooled");
  await dead.write({ event: "left 2" }, "spooled");
  // As the system does when a process dies: its socket is gone, its files stay.
  const name = readdirSync(folder).find((it) => it.startsWith("boot-")) ?? "";
  rmSync(join(folder, name, "live"));
  await server.restart();
  await reader.ping();

  const trail = await open({ producer: "proxy-1" });
  await trail.write({ event: "own" });

  await vi.waitFor(async () => {
    const records = distinctById(await readStream(6));
    expect(records.map(({ event }) => event).sort()).toEqual(
      ["audit.started", "shipped", "left 1", "left 2", "audit.started", "own"].sort(),
    );
    const order = records.map(({ event }) => event);
    expect(order.indexOf("left 1")).toBeLessThan(order.indexOf("left 2"));
    const last = records.find(({ event }) => event === "left 2");
    const started = records.findLast(({ event }) => event === "audit.started");
    expect(started?.prevHash).toBe(last?.hash);
    expect(started?.checkpoint?.previous).toMatchObject({ sequence: 4, hash: last?.hash });
  });
  await vi.waitFor(() =>
    expect(readdirSync(folder).filter((it) => it.startsWith("taken-"))).toEqual([]),
  );
});

it("leaves alone what a living process writes", async () => {
  await open();
  await open({ producer: "proxy-2" });

  expect(readdirSync(folder).filter((name) => name.startsWith("boot-"))).toHaveLength(2);
  const records = await readStream(2);
  expect(records.map(({ checkpoint }) => checkpoint?.heads ?? [])).toEqual([[], []]);
});

it("refuses what must be in Redis while that has no memory left, keeps the rest on disk, and delivers all in order once it has", async () => {
  const trail = await open();
  await trail.write({ event: "before" });
  await reader.config("SET", "maxmemory-policy", "noeviction");
  await reader.config("SET", "maxmemory", "1mb");

  await expect(trail.write({ event: "strict" })).rejects.toThrow();
  await trail.write({ event: "if possible" }, "shipped-if-possible");
  await trail.write({ event: "spooled" }, "spooled");
  expect(trail.isBehind).toBe(true);
  expect(trail.isUnwritable).toBe(false);
  await reader.config("SET", "maxmemory", "0");

  await vi.waitFor(async () => {
    const events = (await readStream(2)).map(({ event }) => event);
    expect(events).toEqual(["audit.started", "before", "strict", "if possible", "spooled"]);
  }, 10_000);
  await vi.waitFor(() => expect(trail.isBehind).toBe(false));
});

it.each(["a cursor of nonsense", "a cursor behind the end", "flipped bits"])(
  "delivers what a process that died left, with %s",
  async (damage) => {
    const dead = await open();
    for (let count = 0; count < 20; count += 1) await dead.write({ event: `e${count}` }, "spooled");
    const left = mkdtempSync(join(tmpdir(), "mcpgw-left-"));
    lifecycle.use("left", left, (it) => rmSync(it, { recursive: true, force: true }));
    const [boot = ""] = readdirSync(folder).filter((name) => name.startsWith("boot-"));
    cpSync(join(folder, boot), join(left, "boot-000000000001"), {
      recursive: true,
      filter: (path) => !path.endsWith("live"),
    });
    await reader.del(redisKeys.auditStream);
    const path = join(left, "boot-000000000001");
    const [segment = ""] = readdirSync(path).filter((name) => name.endsWith(".log"));
    if (damage.includes("nonsense")) writeFileSync(join(path, "cursor.json"), '{"segment":"x"');
    if (damage.includes("behind")) {
      writeFileSync(join(path, "cursor.json"), '{"segment":1,"offset":999999999}');
    }
    if (damage.includes("flipped")) {
      writeFileSync(join(path, "cursor.json"), '{"segment":0,"offset":0}');
      const bytes = readFileSync(join(path, segment));
      for (const at of [bytes.indexOf("\n"), Math.floor(bytes.length / 2)]) bytes[at] = 0x01;
      writeFileSync(join(path, segment), bytes);
    }

    await open({ folder: left, producer: "proxy-2" });

    const wanted = damage.includes("flipped") ? 17 : 20;
    await vi.waitFor(async () => {
      const events = (await readStream(1)).filter(({ event }) => /^e\d+$/.test(event));
      expect(new Set(events.map(({ event }) => event)).size).toBeGreaterThanOrEqual(wanted);
    }, 8_000);
  },
);

it("is read past half a line, and past what is damaged", async () => {
  const name = "boot-000000000000";
  mkdirSync(join(folder, name));
  const { toLine } = await import("./spool/line.ts");
  const text = (sequence: number) =>
    JSON.stringify({
      id: `r${sequence}`,
      event: "left",
      producer: "p",
      bootId: "b",
      sequence,
      hash: "h",
    });
  const damaged = toLine(text(2));
  damaged[20] = 0x7a;
  const torn = toLine(text(4)).subarray(0, 30);
  const lines = Buffer.concat([toLine(text(1)), damaged, toLine(text(3)), torn]);
  writeFileSync(join(folder, name, "0000000001.log"), lines);

  await open();

  await vi.waitFor(async () => {
    const left = (await readStream(3)).filter(({ event }) => event === "left");
    expect(left.map(({ sequence }) => sequence)).toEqual([1, 3]);
  });
});

it("waits for Redis with each record where no folder can be used, and says so", async () => {
  writeFileSync(join(folder, "file"), "");
  const said: unknown[] = [];
  const warned = { ...log, error: (...it: unknown[]) => said.push(it[1]) } as never;
  const trail = await open({ folder: join(folder, "file"), log: warned });

  await trail.write({ event: "request" }, "spooled");

  expect((await readStream(2)).at(-1)?.event).toBe("request");
  expect(said).toEqual([
    "the folder for audit records cannot be used: each waits for Redis instead",
  ]);
  await server.kill();
  await vi.waitFor(() => expect(trail.isUnwritable).toBe(true));
});

it("goes on while the disk takes nothing and Redis does, and has nothing that it could lose", async () => {
  const trail = await open({ maxSpoolBytes: 4_096 });
  for (let count = 0; count < 30; count += 1) {
    await trail.write({ event: "request", result: "x".repeat(500) }, "spooled");
  }

  const records = await readStream(31);
  expect(distinctById(records).map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 31 }, (_, index) => index + 1),
  );
});

it("refuses when neither disk nor Redis take a record; what it kept comes later, in order", async () => {
  const trail = await open({ maxSpoolBytes: 4_096 });
  await trail.write({ event: "first" });
  await server.kill();
  const fill = async () => {
    for (let count = 0; count < 30; count += 1) {
      await trail.write({ event: "request", result: "x".repeat(500) }, "spooled");
    }
  };

  await expect(fill()).rejects.toThrow(/spool of audit records is full|not written/);
  expect(trail.isUnwritable).toBe(true);
  trail.keep({ event: "kept" });
  await server.restart();

  await vi.waitFor(async () => {
    const records = distinctById(await readStream(1));
    expect(records.at(-1)?.event).toBe("kept");
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
  }, 5_000);
});

it("signs at its start, after a time, and at its end", async () => {
  const trail = await open({ checkpointEveryMs: 20 });
  await readStream(2);
  await trail.close();

  const records = await readStream(3);
  expect(records[0]).toMatchObject({
    event: "audit.started",
    checkpoint: { keyId: trail.keyId, publicKey: trail.shownKey, signature: expect.any(String) },
  });
  expect(records[1]?.event).toBe("audit.checkpoint");
  expect(records.at(-1)?.event).toBe("audit.stopped");
});

it("replaces its key while it runs: the new one is shown before it signs, and signed by the old one", async () => {
  const dayMs = 86_400_000;
  let nowMs = Date.now();
  const shown: string[] = [];
  const trail = await open({
    checkpointEveryMs: 20,
    keyLivesForMs: dayMs,
    now: () => nowMs,
    announceKey: async (key) => {
      shown.push(key);
      if (shown.length === 1) throw new Error("Redis is away");
    },
  });
  const [oldId, oldKey] = [trail.keyId, trail.shownKey];
  await readStream(2);
  expect(trail.keyId).toBe(oldId);
  nowMs += dayMs;

  await vi.waitFor(() => expect(trail.keyId).not.toBe(oldId), 5_000);
  await trail.write({ event: "under the new key" });
  await trail.close();

  const newKey = trail.shownKey;
  expect(shown).toEqual([newKey, newKey]);
  const records = distinctById(await readStream(4));
  const at = records.findIndex(({ event }) => event === "audit.key-changed");
  expect(records[at]?.checkpoint).toMatchObject({
    keyId: trail.keyId,
    publicKey: newKey,
    vouchedBy: oldId,
  });
  const signers = (part: typeof records) =>
    distinct(part.flatMap(({ checkpoint }) => checkpoint?.keyId ?? []));
  expect(signers(records.slice(0, at))).toEqual([oldId]);
  expect(signers(records.slice(at))).toEqual([trail.keyId]);
  // Who knows the old key believes the new one, and who begins later knows the new one.
  expect(verifyRecords(records, [oldKey])).toEqual([]);
  expect(verifyRecords(records.slice(at + 1), [newKey])).toEqual([]);
  expect(verifyRecords(records, [newKey])).not.toEqual([]);

  const again = await open({ keyLivesForMs: dayMs, now: () => nowMs });
  expect(again.shownKey).toBe(newKey);
});

it("processes of one folder that replace their key at once go on with keys that the old one signed", async () => {
  let nowMs = Date.now();
  const options = { checkpointEveryMs: 20, keyLivesForMs: 1_000_000, now: () => nowMs };
  const trails = await Promise.all(
    ["proxy-1", "proxy-2", "proxy-3"].map((producer) => open({ ...options, producer })),
  );
  const oldKeys = distinct(trails.map(({ shownKey }) => shownKey));
  expect(oldKeys).toHaveLength(1);
  nowMs += 1_000_000;
  await vi.waitFor(() => {
    for (const trail of trails) expect(oldKeys).not.toContain(trail.shownKey);
  });
  await vi.waitFor(async () => {
    const changes = (await readStream(6)).filter(({ event }) => event === "audit.key-changed");
    expect(changes).toHaveLength(3);
  }, 5_000);
  for (const trail of trails) await trail.close();
  expect(verifyRecords(await readStream(9), oldKeys)).toEqual([]);
});

it("counts a record as written when as many replicas have it as asked", async () => {
  const trail = await open({ waitReplicas: 1 });
  await expect(trail.write({ event: "alone" })).rejects.toThrow("0 of 1 replicas");

  await reader.config("SET", "repl-diskless-sync-delay", "0");
  const replica = await RedisServer.start([`replicaof 127.0.0.1 ${server.port}`]);
  lifecycle.use("replica", replica, (it) => it.stop());
  await vi.waitFor(
    async () => expect(await reader.info("replication")).toMatch(/slave0:.*state=online/),
    { timeout: 20_000, interval: 50 },
  );

  // A replica that is slow for a moment refuses it; the record itself waits.
  await vi.waitFor(() => trail.write({ event: "together" }), { timeout: 20_000, interval: 100 });
  const events = (await readStream(3)).map(({ event }) => event);
  expect(distinct(events)).toEqual(["audit.started", "alone", "together"]);
  // Waiting again adds nothing again.
  expect(events.filter((event) => event === "alone")).toHaveLength(1);
}, 60_000);

async function open(options: Partial<AuditTrailOptions> = {}): Promise<AuditTrail> {
  const trail = await AuditTrail.open({
    redis: connect(),
    producer: "proxy-1",
    folder,
    maxSpoolBytes: 1024 * 1024,
    log,
    ...options,
  });
  return lifecycle.use("trail", trail, (it) => it.close().catch(() => {}));
}

function connect(): Redis {
  return lifecycle.use(
    "client",
    connectRedis(server.url, "durable", () => {}),
    (it) => it.disconnect(),
  );
}

function readStream(atLeast: number): Promise<AuditRecord[]> {
  return vi.waitFor(
    async () => {
      const entries = await reader.xrange(redisKeys.auditStream, "-", "+");
      if (entries.length < atLeast) throw new Error(`${entries.length} of ${atLeast} records`);
      return entries.map(([, fields]) => {
        const json = fields[3] ?? "";
        const record = JSON.parse(json) as AuditRecord;
        const { id, producer, bootId, sequence } = record;
        const expected = ["id", id, "d", json, "p", producer, "b", bootId, "s", String(sequence)];
        expect(fields).toEqual(expected);
        return record;
      });
    },
    { timeout: 8_000, interval: 20 },
  );
}

function verifyRecords(records: readonly AuditRecord[], trustedKeys: readonly string[]) {
  const verifier = new ChainVerifier({ trustedKeys });
  for (const record of records) verifier.take(JSON.stringify(record), record.id);
  return verifier.end().problems;
}

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)];

function distinctById(records: readonly AuditRecord[]): AuditRecord[] {
  return [...new Map(records.map((record) => [record.id, record])).values()];
}
