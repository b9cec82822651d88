import { Cluster, Redis, type RedisOptions } from "ioredis";
import { parseRedisUrl, type RedisPlace } from "./redis-url.ts";

/**
 * What a connection is for decides how it fails:
 * - `limits`: on the way of every call; refuses at once rather than waits.
 * - `durable`: approvals, policies, audit; waits a little, never for ever.
 * - `subscriber`: pub/sub; stays connected and subscribes again.
 * - `worker`: BullMQ's own blocking reads; BullMQ requires endless retries.
 */
export type RedisPurpose = "limits" | "durable" | "subscriber" | "worker";

const optionsByPurpose: Readonly<Record<RedisPurpose, Omit<RedisOptions, "replyMapping">>> = {
  limits: {
    // The limiter has a shorter deadline of its own; this one only forgets what was given up.
    commandTimeout: 1_000,
    connectTimeout: 1_000,
    socketTimeout: 2_000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
  },
  durable: {
    commandTimeout: 2_000,
    connectTimeout: 1_000,
    socketTimeout: 5_000,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: true,
    autoResendUnfulfilledCommands: false,
  },
  subscriber: { connectTimeout: 1_000, maxRetriesPerRequest: null },
  worker: { connectTimeout: 1_000, maxRetriesPerRequest: null },
};

const retryStrategy = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000);

/**
 * Opens a connection. It connects by itself and again after each loss; errors go to `onError`, once per outage.
 * The URL is that of one server, of sentinels or of a cluster ({@link parseRedisUrl}, which says what it throws).
 */
export function connectRedis(
  url: string,
  purpose: RedisPurpose,
  onError: (error: Error) => void,
): Redis {
  const redis = open(parseRedisUrl(url), purpose);
  let reported = false;
  redis.on("error", (error: Error) => {
    if (reported) return;
    reported = true;
    onError(error);
  });
  redis.on("ready", () => {
    reported = false;
  });
  return redis;
}

function open(place: RedisPlace, purpose: RedisPurpose): Redis {
  const common = { ...optionsByPurpose[purpose], connectionName: `mcpgw-${purpose}` };
  if (place.kind === "single") return new Redis(place.url, { ...common, retryStrategy });
  const { username, password, tls } = place;
  const login = {
    ...common,
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: {} }),
  };
  return place.kind === "sentinel"
    ? openSentinel(place, login)
    : // It takes the same commands; what it does not have, such as MONITOR, nobody here uses.
      (openCluster(place, purpose, login) as unknown as Redis);
}

function openSentinel(
  place: Extract<RedisPlace, { kind: "sentinel" }>,
  login: Omit<RedisOptions, "replyMapping">,
): Redis {
  const { sentinelUsername, sentinelPassword } = place;
  return new Redis({
    ...login,
    sentinels: [...place.nodes],
    name: place.primary,
    db: place.database,
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
    enableTLSForSentinelMode: place.tls,
    // A primary that hangs keeps its connections: only the sentinels say that another has taken its place.
    failoverDetector: true,
    retryStrategy,
    sentinelRetryStrategy: retryStrategy,
  });
}

function openCluster(
  { nodes, tls }: Extract<RedisPlace, { kind: "cluster" }>,
  purpose: RedisPurpose,
  login: Omit<RedisOptions, "replyMapping">,
): Cluster {
  const { enableOfflineQueue = true, ...redisOptions } = login;
  return new Cluster([...nodes], {
    redisOptions,
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: 1_000,
    // Slots that moved while nobody asked for them.
    slotsRefreshInterval: 5_000,
    // Waits on the way of a call are bounded by the limiter; all others have a deadline per command.
    ...(purpose === "limits" && { maxRedirections: 3, retryDelayOnFailover: 20 }),
    // Certificates are issued for the names that the cluster announces.
    ...(tls && { dnsLookup: (address, done) => done(null, address) }),
  });
}
