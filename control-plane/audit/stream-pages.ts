import type { Redis } from "ioredis";
import { recordIn } from "../../core/audit/stream-entry.ts";
import { redisKeys } from "../../core/redis/keys.ts";

/** An entry of the stream. */
export interface StreamLine {
  readonly entry: string;
  readonly json: string;
}

export interface StreamRange {
  /** Milliseconds since the epoch. Undefined: from the beginning, to the end. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

const pageSize = 500;

/** The entries of a range, page by page, oldest first. Entries that come meanwhile belong to it where it has no end. */
export async function* pagesOf(
  redis: Redis,
  { fromMs, toMs }: StreamRange,
): AsyncGenerator<StreamLine[]> {
  const end = toMs === undefined ? "+" : String(toMs);
  for (let start = String(fromMs ?? "-"); ; ) {
    const page = await redis.xrange(redisKeys.auditStream, start, end, "COUNT", pageSize);
    yield page.map(([entry, fields]) => ({ entry, json: recordIn(fields) }));
    const last = page.at(-1)?.[0];
    if (page.length < pageSize || last === undefined) return;
    start = `(${last}`;
  }
}
