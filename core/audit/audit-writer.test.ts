import { fromJson, toJson } from "@bufbuild/protobuf";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { AuditRecordSchema } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { startRedis } from "../../test/support/redis.ts";
import { connectRedis } from "../redis/connect.ts";
import { redisKeys } from "../redis/keys.ts";
import { AuditWriter } from "./audit-writer.ts";
import type { AuditEntry, AuditRecord } from "./record.ts";

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, "durable", () => {});
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

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

it("writes records that are exactly the JSON form of the schema", async () => {
  const writer = new AuditWriter({ redis, producer: "proxy-1", now: () => 1_790_000_000_123 });

  await writer.write(everything);

  const [record] = await readStream();
  expect(record).toMatchObject({ ...everything, producer: "proxy-1", sequence: 1 });
  expect(toJson(AuditRecordSchema, fromJson(AuditRecordSchema, record as never))).toEqual(record);
});

it("numbers and sorts what it writes, also when the clock steps back", async () => {
  let nowMs = 1_790_000_000_000;
  const writer = new AuditWriter({ redis, producer: "proxy-1", now: () => nowMs-- });

  await Promise.all(Array.from({ length: 500 }, () => writer.write({ event: "request" })));

  const records = await readStream();
  expect(records.map((it) => it.sequence)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  const ids = records.map((it) => it.id);
  expect(new Set(ids).size).toBe(500);
  expect(ids).toEqual([...ids].sort());
});

it("fails within the deadline when Redis hangs, and says which record was not written", async () => {
  const ownServer = await startRedis();
  const hung = connectRedis(ownServer.url, "durable", () => {});
  const pid = /process_id:(\d+)/.exec(await hung.info("server"))?.[1];
  process.kill(Number(pid), "SIGSTOP");
  const writer = new AuditWriter({ redis: hung, producer: "proxy-1" });

  const started = Date.now();
  await expect(writer.write({ event: "call.intent" })).rejects.toThrow(
    /audit record .* \(call\.intent\) was not written to Redis/,
  );

  expect(Date.now() - started).toBeLessThan(3_000);
  process.kill(Number(pid), "SIGCONT");
  hung.disconnect();
  await ownServer.stop();
});

it("fails alone: a record that Redis refuses does not take the others of its batch along", async () => {
  const writer = new AuditWriter({ redis, producer: "proxy-1" });
  await redis.set(redisKeys.auditStream, "not a stream");

  await expect(writer.write({ event: "request" })).rejects.toMatchObject({
    cause: { message: expect.stringContaining("WRONGTYPE") },
  });
  await redis.del(redisKeys.auditStream);

  await expect(writer.write({ event: "request" })).resolves.toBeUndefined();
});

async function readStream(): Promise<AuditRecord[]> {
  const entries = await redis.xrange(redisKeys.auditStream, "-", "+");
  return entries.map(([, fields]) => {
    const json = fields.at(-1) ?? "";
    const record = JSON.parse(json) as AuditRecord;
    const { id, producer, bootId, sequence } = record;
    const expected = ["id", id, "p", producer, "b", bootId, "s", String(sequence), "d", json];
    expect(fields).toEqual(expected);
    return record;
  });
}
