import type { Redis } from "ioredis";
import { isBefore } from "../../core/audit/stream-entry.ts";
import { redisKeys } from "../../core/redis/keys.ts";

/** The consumer group of the stream that is furthest behind. */
export interface Backlog {
  readonly group: string;
  /** Nothing from here on has been acknowledged by it; what lies before has been by all. */
  readonly firstEntry: string;
  /** How many records it has not acknowledged, as far as Redis knows. */
  readonly waiting: number;
}

/** Undefined when the stream has no consumer group. */
export async function findBacklog(redis: Redis): Promise<Backlog | undefined> {
  const groups = await readGroups(redis);
  const backlogs = await Promise.all(groups.map((group) => backlogOf(redis, group)));
  return backlogs.sort((one, other) => (isBefore(one.firstEntry, other.firstEntry) ? -1 : 1))[0];
}

interface Group {
  readonly name: string;
  readonly lastDelivered: string;
  /** Never delivered to it. */
  readonly lag: number;
}

async function readGroups(redis: Redis): Promise<Group[]> {
  let rows: unknown;
  try {
    rows = await redis.xinfo("GROUPS", redisKeys.auditStream);
  } catch (error) {
    if ((error as Error).message.includes("no such key")) return [];
    throw error;
  }
  return (rows as unknown[]).map((row) => {
    const fields = toFields(row);
    return {
      name: String(fields["name"]),
      lastDelivered: String(fields["last-delivered-id"]),
      lag: Number(fields["lag"] ?? 0),
    };
  });
}

/** Delivered and not acknowledged counts as not read. */
async function backlogOf(redis: Redis, { name, lastDelivered, lag }: Group): Promise<Backlog> {
  const summary = (await redis.xpending(redisKeys.auditStream, name)) as [number, string?];
  const [pending, firstPending] = summary;
  return { group: name, firstEntry: firstPending ?? lastDelivered, waiting: lag + pending };
}

/** RESP2 answers a flat list, RESP3 a map. */
function toFields(row: unknown): Readonly<Record<string, unknown>> {
  if (!Array.isArray(row)) return row as Record<string, unknown>;
  const pairs = row.flatMap((name, index) =>
    index % 2 === 0 ? [[String(name), row[index + 1]]] : [],
  );
  return Object.fromEntries(pairs);
}
