import type { Cluster, Redis } from "ioredis";
import {
  quotaCode,
  shapeOf,
  subjectsQuota,
  type WindowQuota,
} from "../../core/limits/quota-shape.ts";
import { usedIn } from "../../core/limits/read-window.ts";
import type { CompiledLimit, CompiledQuota } from "../../core/policy/compiled-policy.ts";
import { parseLimitCounter, redisKeys } from "../../core/redis/keys.ts";

/** What one counter says. */
export interface Usage {
  readonly limit: CompiledLimit;
  readonly quota: CompiledQuota | WindowQuota;
  readonly tenant: string;
  readonly subject: string;
  readonly used: number;
}

const perScan = 1_000;
const maxKeys = 200_000;

/** The counters in Redis, as the latest policy reads them. Those of quotas that it does not have are left alone: they expire. */
export class LimitUsage {
  readonly #redis: Redis;

  readonly #announcer: Pick<Redis, "publish">;

  /** Wants a connection of purpose "durable" to where the proxies count, and one to where they listen. */
  constructor(redis: Redis, announcer: Pick<Redis, "publish">) {
    this.#redis = redis;
    this.#announcer = announcer;
  }

  /** Every counter in use; `incomplete` when there are more than can be looked at. */
  async list(
    limits: readonly CompiledLimit[],
    name?: string,
  ): Promise<{ readonly usages: readonly Usage[]; readonly incomplete: boolean }> {
    const quotas = new Map(
      limits.flatMap((limit) =>
        [...limit.quotas, subjectsQuota(limit)].flatMap((quota) =>
          quota ? [[`${limit.name}:${quotaCode(quota)}`, { limit, quota }] as const] : [],
        ),
      ),
    );
    const usages: Usage[] = [];
    let seen = 0;
    for (const node of this.#nodes()) {
      for await (const keys of scan(node, name)) {
        seen += keys.length;
        if (seen > maxKeys) return { usages, incomplete: true };
        usages.push(...(await read(node, keys, quotas)));
      }
    }
    return { usages, incomplete: false };
  }

  /** Clears the counters of a limit whose subject is accepted. Resolves to how many there were. */
  async reset(
    limit: string,
    accepts: (counter: { readonly tenant: string; readonly subject: string }) => boolean,
  ): Promise<number> {
    let cleared = 0;
    for (const node of this.#nodes()) {
      for await (const keys of scan(node, limit)) {
        const chosen = keys.filter((key) => {
          const counter = parseLimitCounter(key);
          return counter !== undefined && accepts(counter);
        });
        // One by one: in a cluster they lie in different slots of the node.
        const removed = await Promise.all(chosen.map((key) => node.unlink(key)));
        cleared += removed.reduce((sum, one) => sum + one, 0);
      }
    }
    // The proxies remember for a second what was used up. Whoever does not hear of this is late by no more than that.
    await this.#announcer.publish(redisKeys.limitsResetChannel, limit).catch(() => {});
    return cleared;
  }

  #nodes(): readonly Redis[] {
    if (!this.#redis.isCluster) return [this.#redis];
    return (this.#redis as unknown as Cluster).nodes("master");
  }
}

/** Keys may come twice while Redis grows its table: the second time they are left out. */
async function* scan(node: Redis, limit: string | undefined): AsyncGenerator<string[]> {
  const pattern = redisKeys.limitCounters(limit ?? "*");
  const seen = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = await node.scan(cursor, "MATCH", pattern, "COUNT", perScan);
    cursor = next;
    const fresh = keys.filter((key) => !seen.has(key));
    for (const key of fresh) seen.add(key);
    if (fresh.length > 0) yield fresh;
  } while (cursor !== "0");
}

type Quotas = ReadonlyMap<
  string,
  { readonly limit: CompiledLimit; readonly quota: CompiledQuota | WindowQuota }
>;

async function read(node: Redis, keys: readonly string[], quotas: Quotas): Promise<Usage[]> {
  const [seconds, microseconds] = await node.time();
  const nowUs = Number(seconds) * 1_000_000 + Number(microseconds);
  const usages = await Promise.all(
    keys.map(async (key): Promise<Usage | undefined> => {
      const counter = parseLimitCounter(key);
      const found = counter && quotas.get(`${counter.limit}:${counter.quota}`);
      if (!counter || !found) return undefined;
      const { tenant, subject } = counter;
      const used = await usedOf(node, key, { quota: found.quota, nowUs });
      return used > 0 ? { ...found, tenant, subject, used } : undefined;
    }),
  );
  return usages.filter((usage) => usage !== undefined);
}

async function usedOf(
  node: Redis,
  key: string,
  { quota, nowUs }: { readonly quota: Usage["quota"]; readonly nowUs: number },
): Promise<number> {
  if (quota.kind === "concurrent") return await node.zcount(key, `(${nowUs / 1_000}`, "+inf");
  const stored = await node.getBuffer(key);
  return stored ? usedIn(stored, shapeOf(quota), nowUs) : 0;
}
