import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { AuditStream } from "../../core/audit/audit-stream.ts";
import { newCallId } from "../../core/audit/call-id.ts";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import { noteOtherTimes } from "../../core/audit/other-times.ts";
import type { AuditEntry } from "../../core/audit/record.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import {
  type AuditRecord,
  CountCallsRequestSchema,
  QueryAuditRequestSchema,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { freshRedisUrl } from "../../test/support/redis.ts";
import { AuditQueries } from "./audit-queries.ts";

let redis: Redis;
let queries: AuditQueries;
const startMs = 1_790_000_000_000;
let nowMs = startMs;
let chain: RecordChain;
const context = {} as never;

beforeEach(async () => {
  redis = connectRedis(await freshRedisUrl(), "durable", () => {});
  queries = new AuditQueries(redis);
  nowMs = startMs;
  chain = new RecordChain({ producer: "proxy-1", now: () => nowMs });
});
afterEach(() => redis.disconnect());

/** Adds records, one a second, that come to the stream when they say. */
async function add(...entries: readonly AuditEntry[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const entry of entries) {
    const { text } = chain.add(entry);
    pipeline.xadd(redisKeys.auditStream, `${nowMs}-*`, "d", text);
    nowMs += 1_000;
  }
  await pipeline.exec();
}

type Filter = MessageInitShape<typeof QueryAuditRequestSchema>["filter"];

async function query(
  filter: Filter,
  rest: { pageSize?: number; oldestFirst?: boolean; cursor?: string } = {},
) {
  const request = create(QueryAuditRequestSchema, { ...(filter && { filter }), ...rest });
  const response = await queries.handlers.queryAudit(request, context);
  return { ...response, records: (response.records ?? []) as AuditRecord[] };
}

const callIds = (records: readonly AuditRecord[]) => records.map(({ callId }) => callId);
const call = (callId: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  event: "call.outcome",
  callId,
  agent: "ann",
  upstream: "files",
  tool: "read",
  outcome: "answered",
  decision: { effect: "allow", rule: "reads" },
  ...more,
});

it("finds records newest first or oldest first, page by page", async () => {
  await add(...Array.from({ length: 7 }, (_, index) => call(`c${index}`)));

  const first = await query({}, { pageSize: 3 });
  const second = await query({}, { pageSize: 3, cursor: first.cursor ?? "" });
  const third = await query({}, { pageSize: 3, cursor: second.cursor ?? "" });

  expect([first, second, third].map(({ records }) => callIds(records))).toEqual([
    ["c6", "c5", "c4"],
    ["c3", "c2", "c1"],
    ["c0"],
  ]);
  expect(third.cursor).toBe("");
  expect(callIds((await query({}, { oldestFirst: true, pageSize: 2 })).records)).toEqual([
    "c0",
    "c1",
  ]);
});

it.each<[string, Filter, string[]]>([
  ["agent", { agent: "bob" }, ["b"]],
  ["tool", { tool: "write" }, ["w"]],
  ["tool with its upstream", { tool: "files/read" }, ["r", "b", "h"]],
  ["outcome", { outcome: "denied" }, ["w"]],
  ["rule", { rule: "no-writes" }, ["w"]],
  ["approval", { approval: "k7x2" }, ["h"]],
  ["operator", { operator: "olga" }, ["p"]],
  ["event", { event: "policy.pushed" }, ["p"]],
  ["text in any case", { text: "IBAN de" }, ["r"]],
  ["text that JSON escapes", { text: 'say "hi"\n' }, ["b"]],
  ["call", { id: "w" }, ["w"]],
  ["held calls", { held: true }, ["h"]],
  ["acts", { acts: true }, ["p"]],
  ["several at once", { agent: "ann", outcome: "answered", tool: "read" }, ["r", "h"]],
  ["what nothing has", { agent: "nobody" }, []],
])("finds records by %s", async (_, filter, expected) => {
  await add(
    call("r", { arguments: { to: "iban DE02" } }),
    call("w", {
      tool: "write",
      outcome: "denied",
      decision: { effect: "deny", rule: "no-writes" },
    }),
    call("b", { agent: "bob", arguments: { text: 'say "hi"\n' } }),
    call("h", { approval: { id: "k7x2", state: "approved", approvers: ["olga"] } }),
    { event: "act.intent", callId: "p", operator: "", details: { act: "policy.pushed" } },
    { event: "policy.pushed", callId: "p", operator: "olga", outcome: "done" },
  );

  expect(callIds((await query(filter, { oldestFirst: true })).records)).toEqual(expected);
});

it("finds records by their own time, also those that came a moment later", async () => {
  await add(call("early"), call("wanted"), call("later"));
  nowMs = startMs + 1_500;
  const late = chain.add(call("spooled"));
  await redis.xadd(redisKeys.auditStream, `${startMs + 4_500}-*`, "d", late.text);

  const from = timestampFromMs(startMs + 1_000);
  const to = timestampFromMs(startMs + 1_999);
  const { records } = await query({ from, to }, { oldestFirst: true });
  expect(callIds(records)).toEqual(["wanted", "spooled"]);
});

it("finds records by their own time that came much later, or of a clock that was wrong", async () => {
  const stream = new AuditStream({ redis, waitReplicas: 0, waitMs: 0 });
  const hourMs = 3_600_000;
  const realMs = Date.now();
  const write = async (callId: string, atMs: number) => {
    nowMs = atMs;
    await stream.add([chain.add(call(callId)).text]);
  };
  await write("now", realMs);
  await write("waited", realMs - 5 * hourMs);
  await write("waited longer", realMs - 6 * hourMs);
  await write("ahead", realMs + 5 * hourMs);
  const around = (ms: number) => ({
    from: timestampFromMs(ms - 60_000),
    to: timestampFromMs(ms + 60_000),
  });

  for (const oldestFirst of [true, false]) {
    const found = async (ms: number) => callIds((await query(around(ms), { oldestFirst })).records);
    expect(await found(realMs - 5 * hourMs)).toEqual(["waited"]);
    expect(await found(realMs - 6 * hourMs)).toEqual(["waited longer"]);
    expect(await found(realMs)).toEqual(["now"]);
    expect(await found(realMs + 5 * hourMs)).toEqual(["ahead"]);
    expect(await found(realMs + 2 * hourMs)).toEqual([]);
  }
});

it("remembers a bounded number of stretches that hold records of another time", async () => {
  const came = Array.from({ length: 10_500 }, (_, at) => ({ timeMs: at, cameMs: at * 60_000 }));
  await noteOtherTimes(redis, came.slice(2));
  expect(await redis.zcard(redisKeys.auditEarlier)).toBe(10_000);
});

it.each([
  ["a field of that name in its arguments", { arguments: { time: "2001-01-01T00:00:00.000Z" } }],
  ["text that looks like one", { result: '"time":"2001-01-01T00:00:00.000Z"' }],
  ["a key with escapes", { details: { '"time"': "2001" } }],
])("takes no record for one of another time because of %s", async (_, more) => {
  await add(call("it", more));
  const from = timestampFromMs(startMs - 1_000);
  const to = timestampFromMs(startMs + 1_000);
  expect(callIds((await query({ from, to })).records)).toEqual(["it"]);
  expect((await query({ from: to })).records).toEqual([]);
  expect((await query({ to: from })).records).toEqual([]);
});

it("looks at a bounded number of records for one request, and goes on where it stopped", async () => {
  for (let round = 0; round < 6; round += 1) {
    await add(...Array.from({ length: 10_000 }, () => call("x")));
  }
  let cursor = "";
  let scanned = 0;
  const pages: number[] = [];
  do {
    const page = await query({ agent: "nobody" }, { cursor });
    cursor = page.cursor ?? "";
    scanned += page.scanned ?? 0;
    pages.push(page.scanned ?? 0);
    expect(page.records).toEqual([]);
  } while (cursor !== "");

  expect(scanned).toBe(60_000);
  expect(Math.max(...pages)).toBeLessThanOrEqual(25_000);
  expect(pages.length).toBeGreaterThan(2);
});

it("finds the records of a call without looking at what is older than its id", async () => {
  nowMs = Date.now() - 3_600_000;
  await add(...Array.from({ length: 500 }, () => call("old")));
  nowMs = Date.now();
  const callId = newCallId();
  await add(call(callId, { event: "call.intent" }), call(callId));

  const { records, scanned } = await query({ id: callId }, { oldestFirst: true });
  expect(records.map(({ event }) => event)).toEqual(["call.intent", "call.outcome"]);
  expect(scanned).toBe(2);
});

it("counts the calls by agent, tool, outcome and rule", async () => {
  await add(
    call("1"),
    call("2"),
    call("3", { outcome: "denied", decision: { rule: "no" } }),
    call("4", { approval: { id: "k", state: "approved" } }),
    call("4", { event: "call.intent" }),
    { event: "request", method: "tools/list", outcome: "answered" },
  );

  const request = create(CountCallsRequestSchema, { filter: { agent: "ann" } });
  const { counts, cursor } = await queries.handlers.countCalls(request, context);

  expect(cursor).toBe("");
  expect(counts).toEqual([
    { agent: "ann", tool: "files/read", outcome: "answered", rule: "reads", calls: 3, held: 1 },
    { agent: "ann", tool: "files/read", outcome: "denied", rule: "no", calls: 1, held: 0 },
  ]);
});

it.each(["x", "1-1)", "+", "1".repeat(40)])("refuses the cursor %j", async (cursor) => {
  await expect(query({}, { cursor })).rejects.toMatchObject({ code: "invalid-argument" });
});
