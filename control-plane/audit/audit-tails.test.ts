import { toJson } from "@bufbuild/protobuf";
import { ServerCredentials } from "@grpc/grpc-js";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { GrpcClient } from "../../core/grpc/client.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import {
  type AuditRecord,
  AuditRecordSchema,
  AuditService,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { OperatorService, Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { startRedis } from "../../test/support/redis.ts";
import { createControlPlane } from "../control-plane.ts";

const adminToken = "mcpgw_operator_admin";

let lifecycle: Lifecycle;
let redis: Redis;
let address: string;

beforeEach(async () => {
  lifecycle = new Lifecycle();
  const server = lifecycle.use("redis", await startRedis(), (it) => it.stop());
  redis = lifecycle.use("client", new Redis(server.url), (it) => it.disconnect());
  const settings = {
    grpcAddress: "127.0.0.1:0",
    redisUrl: server.url,
    limitsRedisUrl: server.url,
    bootstrapOperatorToken: adminToken,
    joinToken: "mcpgw_join_test",
    keySecrets: [],
    logLevel: "silent",
    auditMaxRecords: 1_000,
    auditFolder: "",
    auditMaxAgeMs: 0,
    auditSpoolBytes: 1_048_576,
    auditWaitReplicas: 0,
    auditKeyLivesForMs: 90 * 86_400_000,
    approvalReplicas: 0,
    allowUnsafeRedis: true,
  };
  const producer = "control-plane@test";
  const options = { settings, producer, log: createLog("test", "silent"), env: {} };
  const grpc = await createControlPlane(options, lifecycle);
  address = `127.0.0.1:${await grpc.listen(settings.grpcAddress, ServerCredentials.createInsecure())}`;
  await redis.del(redisKeys.auditStream);
});
afterEach(() => lifecycle.close());

const deep = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels));
const complete = { id: "r1", time: "2026-01-02T03:04:05Z", event: "call.outcome", callId: "c1" };

it.each([
  ["nests deeply", { arguments: deep(800) }, { callId: "c1" }],
  [
    "holds half a character",
    { tool: "a\ud800b", details: { "k\udfff": "v\ud83d" } },
    {
      tool: "a\ufffdb",
      details: { "k\ufffd": "v\ufffd" },
    },
  ],
  [
    "holds half a character deep inside",
    { result: { "\ud800": ["\udc00"] } },
    {
      result: { "\ufffd": ["\ufffd"] },
    },
  ],
  [
    "has a code that is too large",
    { error: { code: 9_999_999_999, message: "m" } },
    {
      error: { code: 2_147_483_647, message: "m" },
    },
  ],
  [
    "has numbers that do not fit",
    { sequence: -5, requestBytes: 1.5, responseBytes: 1e30 },
    {
      requestBytes: 1,
      responseBytes: 4_294_967_295,
    },
  ],
  [
    "has fields of other types",
    { agent: 5, groups: ["g", 7], error: "x", durationsMs: [] },
    {
      groups: ["g"],
    },
  ],
  ["has a time that is none", { time: "yesterday" }, { time: expect.stringMatching(/^20/) }],
  ["has a field of a later release", { later: { a: 1 } }, { callId: "c1" }],
  ["has no id", { id: undefined }, { id: expect.stringMatching(/^\d+-\d+$/) }],
])("shows a record that %s, and goes on after it", async (_, odd, expected) => {
  const tail = follow();
  await add({ ...complete, ...odd });
  await add({ ...complete, id: "r2", callId: "after" });

  await vi.waitFor(() => expect(tail.seen.at(-1)?.callId).toBe("after"), 5_000);
  expect(tail.seen).toHaveLength(2);
  const [shown] = tail.seen;
  expect(shown && toJson(AuditRecordSchema, shown)).toMatchObject(expected);
});

it("says which fields are not as they stand in the stream, and what is missing", async () => {
  await add({ ...complete, arguments: { path: deep(30) }, result: "x".repeat(300_000) });

  const [record] = await read();

  const json = JSON.stringify(record && toJson(AuditRecordSchema, record));
  expect(json).toContain("[not shown: deeper than 20 levels]");
  expect(json).toContain("x[not shown: 37856 further characters]");
  expect(record?.details).toEqual({ "not as in the stream": "arguments, result" });
});

it("shows a record that nests a hundred thousand levels", async () => {
  const levels = 100_000;
  const text = JSON.stringify({ ...complete, result: "@" });
  const nested = text.replace('"@"', "[".repeat(levels) + "]".repeat(levels));
  await redis.xadd(redisKeys.auditStream, "*", "d", nested);

  expect(await read()).toMatchObject([{ id: "r1", details: { "not as in the stream": "result" } }]);
});

it("shows the outline of a record that is too large to be sent", async () => {
  await add({ ...complete, agent: "a", tool: "t", outcome: "denied", result: Array(1e6).fill(1) });

  const [record] = await read();

  expect(record && toJson(AuditRecordSchema, record)).toEqual({
    ...complete,
    agent: "a",
    tool: "t",
    outcome: "denied",
    error: { message: "this record cannot be shown whole; it stands in the stream as it is" },
  });
});

it.each([
  ["words", "no json"],
  ["a list", "[1]"],
  ["null", "null"],
  ["half a record", '{"id":'],
  ["far too many brackets", "[".repeat(100_000)],
])("shows that there is an entry which is no record: %s", async (_, text) => {
  const entry = await redis.xadd(redisKeys.auditStream, "*", "d", text);

  expect(await read()).toMatchObject([{ id: entry, event: "malformed", details: { entry } }]);
});

it("ends when its operator is revoked, and shows nothing of what came later", async () => {
  const admin = connect(adminToken);
  const { token } = await admin.call(OperatorService.method.createOperator, {
    name: "olga",
    role: Role.VIEWER,
  });
  const tail = follow(token);
  await add(complete);
  await vi.waitFor(() => expect(tail.seen.at(-1)?.id).toBe("r1"), 5_000);

  await redis.hdel(redisKeys.operators, "olga");
  await vi.waitFor(() => expect(tail.error()).toMatchObject({ code: "unauthenticated" }), 3_000);
  await add({ ...complete, id: "later" });

  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(tail.seen.at(-1)?.id).toBe("r1");
});

it("ends when the groups of its operator are others", async () => {
  const admin = connect(adminToken);
  const { token } = await admin.call(OperatorService.method.createOperator, {
    name: "olga",
    role: Role.VIEWER,
  });
  const tail = follow(token);
  await add(complete);
  await vi.waitFor(() => expect(tail.seen.at(-1)?.id).toBe("r1"), 5_000);

  const stored = JSON.parse((await redis.hget(redisKeys.operators, "olga")) ?? "{}");
  await redis.hset(redisKeys.operators, "olga", JSON.stringify({ ...stored, groups: ["dba"] }));

  await vi.waitFor(() => expect(tail.error()).toMatchObject({ code: "unauthenticated" }), 3_000);
});

function connect(token: string): GrpcClient {
  return lifecycle.use("client", new GrpcClient({ address, token }), (it) => it.close());
}

function add(record: object): Promise<unknown> {
  return redis.xadd(redisKeys.auditStream, "*", "id", "r", "d", JSON.stringify(record));
}

async function read(): Promise<AuditRecord[]> {
  const seen: AuditRecord[] = [];
  const responses = connect(adminToken).read(AuditService.method.tailAudit, {});
  for await (const { record } of responses) if (record) seen.push(record);
  return seen;
}

function follow(token = adminToken) {
  const leaving = lifecycle.use("reader", new AbortController(), (it) => it.abort());
  const seen: AuditRecord[] = [];
  let failure: unknown;
  const request = { last: 10, follow: true };
  const responses = connect(token).read(AuditService.method.tailAudit, request, leaving.signal);
  void (async () => {
    for await (const { record } of responses) if (record) seen.push(record);
  })().catch((error: unknown) => {
    failure = error;
  });
  return { seen, error: () => failure };
}
