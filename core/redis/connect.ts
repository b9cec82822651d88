import { Redis, type RedisOptions } from "ioredis";

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

/** Opens a connection. It connects by itself and again after each loss; errors go to `onError`, once per outage. */
export function connectRedis(
  url: string,
  purpose: RedisPurpose,
  onError: (error: Error) => void,
): Redis {
  const redis = new Redis(url, {
    ...optionsByPurpose[purpose],
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    connectionName: `mcpgw-${purpose}`,
  });
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
