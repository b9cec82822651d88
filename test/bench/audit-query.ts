import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AuditQueries } from "../../control-plane/audit/audit-queries.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import {
  type AuditFilterSchema,
  CountCallsRequestSchema,
  QueryAuditRequestSchema,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { RedisServer } from "../support/redis-server.ts";
import { fillStream } from "./audit-records.ts";

/** How long questions about a million records take, and what one request may cost at most. */
const count = 1_000_000;
const rounds = 20;
/** The first page by time must not depend on how many records there are. */
const firstPageMs = 100;

type Filter = MessageInitShape<typeof AuditFilterSchema>;

const server = await RedisServer.start(['save ""']);
const redis = connectRedis(server.url, "durable", () => {});
const queries = new AuditQueries(redis);
const context = {} as never;

try {
  const lastCall = await fillStream(redis, count);
  const middle = timestampFromMs(Date.now() - count / 2);
  say(`${count} records`);
  const newest = await measure("first page, newest", {});
  const byTime = await measure("first page of a time in the middle", { to: middle });
  const byCall = await measure("a call by its id", { id: lastCall });
  await measure("first page of one agent of a hundred", { agent: "agent-7" });
  await measure("one request that finds nothing", { agent: "nobody" });
  await measureAll("every record looked at for an agent that is not there", { agent: "nobody" });
  await measureAll("every record looked at for a text that is not there", { text: "no such text" });
  await measureCount();
  const isMet = [newest, byTime, byCall].every((p50Ms) => p50Ms <= firstPageMs);
  say(`${isMet ? "met" : "MISSED"}: first pages by time and id within ${firstPageMs} ms (p50)`);
  process.exitCode = isMet ? 0 : 1;
} finally {
  redis.disconnect();
  await server.stop();
}

function ask(filter: Filter, cursor = "") {
  return queries.handlers.queryAudit(create(QueryAuditRequestSchema, { filter, cursor }), context);
}

async function measure(name: string, filter: Filter): Promise<number> {
  const tookMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    await ask(filter);
    tookMs.push(performance.now() - startedMs);
  }
  tookMs.sort((one, other) => one - other);
  const at = (share: number) => tookMs[Math.floor(share * (rounds - 1))] ?? 0;
  say(`  ${name}: p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms`);
  return at(0.5);
}

async function measureAll(name: string, filter: Filter): Promise<void> {
  const startedMs = performance.now();
  let cursor = "";
  let requests = 0;
  let slowestMs = 0;
  do {
    const askedMs = performance.now();
    cursor = (await ask(filter, cursor)).cursor ?? "";
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    requests += 1;
  } while (cursor !== "");
  tellAll(name, { startedMs, requests, slowestMs });
}

async function measureCount(): Promise<void> {
  const startedMs = performance.now();
  let cursor = "";
  let requests = 0;
  let slowestMs = 0;
  do {
    const askedMs = performance.now();
    const request = create(CountCallsRequestSchema, { cursor });
    cursor = (await queries.handlers.countCalls(request, context)).cursor ?? "";
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    requests += 1;
  } while (cursor !== "");
  tellAll("all calls counted", { startedMs, requests, slowestMs });
}

function tellAll(
  name: string,
  { startedMs, requests, slowestMs }: { startedMs: number; requests: number; slowestMs: number },
): void {
  const seconds = (performance.now() - startedMs) / 1_000;
  const slowest = Math.round(slowestMs);
  say(`  ${name}: ${seconds.toFixed(1)} s in ${requests} requests, the slowest ${slowest} ms`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
