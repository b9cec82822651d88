import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AuditFilterSchema,
  type AuditRecord,
  AuditService,
  type CallCount,
} from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import type { Connection } from "../../connection.ts";
import { parseMoment } from "./moment.ts";

export type Filter = MessageInitShape<typeof AuditFilterSchema>;

export interface Period {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The period, as a part of a filter. `fallback`: where it begins when nobody says. */
export function toPeriod({ from, to }: Period, nowMs: number, fallback?: string): Filter {
  const begin = from ?? fallback;
  return {
    ...(begin !== undefined && { from: timestampFromMs(parseMoment(begin, nowMs)) }),
    ...(to !== undefined && { to: timestampFromMs(parseMoment(to, nowMs)) }),
  };
}

/** Every record that matches, oldest first. */
export async function* searchAudit(
  connection: Connection,
  filter: Filter,
): AsyncGenerator<AuditRecord> {
  const oldestFirst = true;
  const pageSize = 500;
  let cursor = "";
  do {
    const page = await connection.call(AuditService.method.queryAudit, {
      filter,
      oldestFirst,
      pageSize,
      cursor,
    });
    yield* page.records;
    cursor = page.cursor;
  } while (cursor !== "");
}

/** All records that match, but no more than `max`; and whether that was all. */
export async function collectRecords(
  connection: Connection,
  filter: Filter,
  max: number,
): Promise<{ readonly records: readonly AuditRecord[]; readonly isWhole: boolean }> {
  const records: AuditRecord[] = [];
  for await (const record of searchAudit(connection, filter)) {
    if (records.length >= max) return { records, isWhole: false };
    records.push(record);
  }
  return { records, isWhole: true };
}

/** Counts the calls that match. */
export async function countCalls(connection: Connection, filter: Filter): Promise<CallCount[]> {
  const counts = new Map<string, CallCount>();
  let cursor = "";
  do {
    const page = await connection.call(AuditService.method.countCalls, { filter, cursor });
    for (const count of page.counts) {
      const { agent, tool, outcome, rule } = count;
      const key = JSON.stringify([agent, tool, outcome, rule]);
      const known = counts.get(key);
      if (known) {
        known.calls += count.calls;
        known.held += count.held;
      } else counts.set(key, count);
    }
    cursor = page.cursor;
  } while (cursor !== "");
  return [...counts.values()];
}
