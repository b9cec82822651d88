import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import type { AuditEntry, AuditRecord } from "../../core/audit/record.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import {
  CountCallsRequestSchema,
  QueryAuditRequestSchema,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { freshRedisUrl } from "../../test/support/redis.ts";
import { AuditQueries } from "./audit-queries.ts";

/** Every filter, against the plainest way to find the same: looking at each record as it is meant. */

type Filter = NonNullable<MessageInitShape<typeof QueryAuditRequestSchema>["filter"]>;

const startMs = 1_790_000_000_000;
const count = 2_000;
const context = {} as never;
const agents = [
  "ann",
  "Ann",
  'a"n\\n',
  "bob/x",
  "über-ágent",
  "\u202eevil",
  "a\u0000b",
  "time",
  "",
  "ann ",
];
const upstreams = ["files", "fi/les", "", "db"];
const tools = ["read", "write", "read/all", 'r"ead', "lösche", "call.outcome", ""];
const outcomes = ["answered", "denied", "blocked", "pending", "timed-out", ""];
const rules = ["all", "no-writes", "x/y", 'q"', ""];
const approvals = ["k7x2", "m9qd", "", "", ""];
const operators = ["olga", "oleg", "", "", ""];
const events = [
  "call.outcome",
  "call.intent",
  "policy.pushed",
  "act.intent",
  "request",
  "approval.decided",
  "login.refused",
];
const texts = [
  "DE02 1203",
  "\u0130stanbul",
  'say "hi"\n',
  "ß",
  "\ud83d\ude00",
  "\\u0041",
  'time":"2001',
  "Σ",
  "/path",
];

let redis: Redis;
let queries: AuditQueries;
const written: AuditRecord[] = [];
const chance = random(7);
const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;

beforeAll(async () => {
  redis = connectRedis(await freshRedisUrl(), "durable", () => {});
  queries = new AuditQueries(redis);
  let nowMs = startMs;
  const chain = new RecordChain({ producer: "proxy-1", now: () => nowMs });
  let cameMs = startMs;
  for (let index = 0; index < count; index += 1) {
    nowMs = startMs + index * 100 + Math.floor(chance() * 2_000) - 1_000;
    const { text } = chain.add(entryOf(index));
    cameMs = Math.max(cameMs, nowMs + Math.floor(chance() * 500));
    await redis.xadd(redisKeys.auditStream, `${cameMs}-*`, "id", "x", "d", text);
    written.push(JSON.parse(text));
  }
});
afterAll(() => redis.disconnect());

function entryOf(index: number): AuditEntry {
  const [agent, upstream, tool, outcome, rule] = [
    pick(agents),
    pick(upstreams),
    pick(tools),
    pick(outcomes),
    pick(rules),
  ];
  const [approval, operator] = [pick(approvals), pick(operators)];
  return {
    event: pick(events),
    callId: `c${index % 500}`,
    ...(agent && { agent }),
    ...(upstream && { upstream }),
    ...(tool ? { tool } : { method: pick(["tools/list", "read", "ping"]) }),
    ...(outcome && { outcome }),
    ...(rule && { decision: { effect: "allow", rule } }),
    ...(approval && { approval: { id: approval, state: "approved", approvers: ["olga"] } }),
    ...(operator && { operator }),
    ...(chance() < 0.5 && {
      arguments: { note: pick(texts), agent: pick(agents), time: "2001-01-01T00:00:00.000Z" },
    }),
    ...(chance() < 0.2 && {
      details: { act: pick(["policy.pushed", "read"]), outcome: pick(outcomes) },
    }),
  };
}

const subject = ({ upstream, tool, method, details }: AuditRecord) =>
  tool ? (upstream ? `${upstream}/${tool}` : tool) : (method ?? details?.["act"] ?? "");

/** As a person would say what each filter means. */
function isWanted(record: AuditRecord, filter: Filter): boolean {
  const timeMs = Date.parse(record.time);
  const msOf = (it: Filter["from"]) => it && Number(it.seconds) * 1_000 + Number(it.nanos) / 1e6;
  const same = (wanted: string | undefined, is: string | undefined) => !wanted || wanted === is;
  return (
    timeMs >= (msOf(filter.from) ?? 0) &&
    timeMs <= (msOf(filter.to) ?? Number.POSITIVE_INFINITY) &&
    same(filter.agent, record.agent) &&
    (!filter.tool || filter.tool === record.tool || filter.tool === subject(record)) &&
    same(filter.outcome, record.outcome) &&
    same(filter.rule, record.decision?.rule) &&
    same(filter.approval, record.approval?.id) &&
    same(filter.event, record.event) &&
    same(filter.operator, record.operator) &&
    (!filter.id || filter.id === record.callId || filter.id === record.id) &&
    (!filter.held || record.approval !== undefined) &&
    (!filter.acts || (record.operator !== undefined && record.event !== "act.intent")) &&
    (!filter.text || holds(record, filter.text.toLowerCase()))
  );
}

function holds(value: unknown, text: string): boolean {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).some(
      ([key, it]) => key.toLowerCase().includes(text) || holds(it, text),
    );
  }
  return String(value).toLowerCase().includes(text);
}

function someFilter(): Filter {
  const sometimes = <T extends object>(part: T, often = 0.3) => (chance() < often ? part : {});
  const at = () => timestampFromMs(startMs + Math.floor(chance() * count * 100));
  return {
    ...sometimes({ from: at() }, 0.2),
    ...sometimes({ to: at() }, 0.2),
    ...sometimes({ agent: pick(agents) }),
    ...sometimes({
      tool: pick([
        ...tools,
        ...upstreams.flatMap((it) => tools.map((tool) => `${it}/${tool}`)),
        "tools/list",
        "ping",
        "policy.pushed",
      ]),
    }),
    ...sometimes({ outcome: pick(outcomes) }, 0.2),
    ...sometimes({ rule: pick(rules) }, 0.2),
    ...sometimes({ approval: pick(approvals) }, 0.1),
    ...sometimes({ event: pick(events) }, 0.2),
    ...sometimes({ operator: pick(operators) }, 0.2),
    ...sometimes({ id: `c${Math.floor(chance() * 500)}` }, 0.1),
    ...sometimes({ text: pick(texts) }, 0.2),
    ...sometimes({ held: true }, 0.1),
    ...sometimes({ acts: true }, 0.1),
  };
}

async function findAll(filter: Filter, oldestFirst: boolean): Promise<string[]> {
  const found: string[] = [];
  let cursor = "";
  do {
    const pageSize = 1 + Math.floor(chance() * 60);
    const request = create(QueryAuditRequestSchema, { filter, oldestFirst, cursor, pageSize });
    const page = await queries.handlers.queryAudit(request, context);
    found.push(...(page.records ?? []).map(({ id = "" }) => id));
    cursor = page.cursor ?? "";
  } while (cursor !== "");
  return found;
}

it("finds exactly what every combination of filters means, on pages of any size, in both directions", async () => {
  let notEmpty = 0;
  for (let round = 0; round < 120; round += 1) {
    const filter = someFilter();
    const wanted = written.filter((record) => isWanted(record, filter)).map(({ id }) => id);
    const oldestFirst = chance() < 0.5;
    const found = await findAll(filter, oldestFirst);
    const said = JSON.stringify(filter, (_, it) => (typeof it === "bigint" ? Number(it) : it));
    expect(found, `round ${round}: ${said}`).toEqual(oldestFirst ? wanted : wanted.toReversed());
    if (wanted.length > 0) notEmpty += 1;
  }
  expect(notEmpty).toBeGreaterThan(30);
}, 120_000);

it("counts exactly the calls that every combination of filters means", async () => {
  for (let round = 0; round < 25; round += 1) {
    const filter = someFilter();
    const wanted = written.filter((it) => it.event === "call.outcome" && isWanted(it, filter));
    const request = create(CountCallsRequestSchema, { filter });
    const { counts = [] } = await queries.handlers.countCalls(request, context);
    expect(counts.reduce((sum, it) => sum + (it.calls ?? 0), 0)).toBe(wanted.length);
    const held = wanted.filter((it) => it.approval).length;
    expect(counts.reduce((sum, it) => sum + (it.held ?? 0), 0)).toBe(held);
  }
}, 120_000);

it("pages repeat nothing and leave nothing out while records come in", async () => {
  const later = new RecordChain({ producer: "proxy-2", now: () => startMs + 400_000 });
  for (const oldestFirst of [true, false]) {
    const found: string[] = [];
    let cursor = "";
    do {
      const request = create(QueryAuditRequestSchema, {
        filter: {},
        oldestFirst,
        cursor,
        pageSize: 400,
      });
      const page = await queries.handlers.queryAudit(request, context);
      found.push(...(page.records ?? []).map(({ id = "" }) => id));
      cursor = page.cursor ?? "";
      // Some come while the pages are read, but not for ever.
      if (found.length < count) {
        const { text } = later.add({ event: "request" });
        await redis.xadd(redisKeys.auditStream, "*", "id", "x", "d", text);
      }
    } while (cursor !== "");
    expect(new Set(found).size).toBe(found.length);
    for (const { id } of written) expect(found).toContain(id);
  }
});

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
