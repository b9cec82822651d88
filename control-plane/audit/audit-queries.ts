import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Redis } from "ioredis";
import { subjectOf } from "../../core/audit/formats/meaning.ts";
import { type FoundRecord, textAt } from "../../core/audit/formats/read-record.ts";
import { stretchOf } from "../../core/audit/other-times.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Handlers } from "../../core/grpc/service.ts";
import type {
  AuditFilter,
  AuditRecord,
  AuditService,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { isRedisFailure, redisUnavailable } from "../redis-failure.ts";
import { RecordFilter } from "./record-filter.ts";
import { toShownRecord } from "./shown-record.ts";
import { StreamScan } from "./stream-scan.ts";

const defaultPageSize = 50;
const maxPageSize = 500;
const maxPageLength = 1_024 * 1_024;
const maxTextLength = 1_000;
const maxAtOnce = 8;

type Handled = Pick<Handlers<typeof AuditService>, "queryAudit" | "countCalls">;

interface Counted {
  readonly agent: string;
  readonly tool: string;
  readonly outcome: string;
  readonly rule: string;
  calls: number;
  held: number;
}

/** Looks for records in the stream, whose ids are its index by time. */
export class AuditQueries {
  readonly #redis: Redis;
  #running = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  readonly handlers: Handled = {
    queryAudit: (request) =>
      this.#bounded(async () => {
        const { filter, oldestFirst, cursor } = request;
        assertReasonable(filter);
        const pageSize = Math.min(request.pageSize || defaultPageSize, maxPageSize);
        const matching = new RecordFilter(filter);
        const scan = new StreamScan(this.#redis, {
          ...(await stretchOf(this.#redis, periodOf(filter))),
          oldestFirst,
          cursor,
        });
        const records: AuditRecord[] = [];
        let length = 0;
        await scan.each(({ entry, json }) => {
          if (!matching.match(json, entry)) return "more";
          records.push(toShownRecord(entry, json));
          length += json.length;
          return records.length < pageSize && length < maxPageLength ? "more" : "enough";
        });
        return { records, ...endOf(scan) };
      }),
    countCalls: ({ filter, cursor }) =>
      this.#bounded(async () => {
        assertReasonable(filter);
        const matching = new RecordFilter(filter);
        const stretch = await stretchOf(this.#redis, periodOf(filter));
        const range = { ...stretch, oldestFirst: true, cursor };
        const scan = new StreamScan(this.#redis, range);
        const counts = new Map<string, Counted>();
        await scan.each(({ entry, json }) => {
          if (!json.includes('"call.outcome"')) return "more";
          const record = matching.match(json, entry);
          if (record && textAt(record, "event") === "call.outcome") count(counts, record);
          return "more";
        });
        return { counts: [...counts.values()], ...endOf(scan) };
      }),
  };

  async #bounded<Answer>(answer: () => Promise<Answer>): Promise<Answer> {
    if (this.#running >= maxAtOnce) {
      throw new RpcError(
        "resource-exhausted",
        `${maxAtOnce} others search the audit stream here: try again, or ask another control plane`,
      );
    }
    this.#running += 1;
    try {
      return await answer();
    } catch (error) {
      throw isRedisFailure(error) ? redisUnavailable(error) : error;
    } finally {
      this.#running -= 1;
    }
  }
}

function count(counts: Map<string, Counted>, record: FoundRecord): void {
  const agent = textAt(record, "agent");
  const tool = subjectOf(record);
  const outcome = textAt(record, "outcome");
  const rule = textAt(record, "decision", "rule");
  const key = JSON.stringify([agent, tool, outcome, rule]);
  const counted = counts.get(key) ?? { agent, tool, outcome, rule, calls: 0, held: 0 };
  counts.set(key, counted);
  counted.calls += 1;
  counted.held += textAt(record, "approval", "id") === "" ? 0 : 1;
}

function endOf(scan: StreamScan) {
  const { cursor, scanned, reachedMs } = scan;
  return {
    cursor,
    scanned,
    ...(reachedMs !== undefined && { reached: timestampFromMs(reachedMs) }),
  };
}

function assertReasonable(filter: AuditFilter | undefined): void {
  const texts = Object.values(filter ?? {}).filter((it) => typeof it === "string");
  if (texts.every((it) => it.length <= maxTextLength)) return;
  const message = `what is looked for has at most ${maxTextLength} characters`;
  throw new RpcError("invalid-argument", message);
}

/** The time of the records that are wanted, in ms. */
function periodOf(filter: AuditFilter | undefined) {
  return {
    fromMs: filter?.from ? timestampMs(filter.from) : timeIn(filter?.id ?? ""),
    toMs: filter?.to ? timestampMs(filter.to) : undefined,
  };
}

/** When an id was made, where it says so (UUID version 7): nothing of that id is older. */
function timeIn(id: string): number | undefined {
  const [, high, low] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(id) ?? [];
  return high === undefined || low === undefined ? undefined : Number.parseInt(high + low, 16);
}
