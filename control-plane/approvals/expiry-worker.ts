import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, type Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { approvalQueueName, redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import type { ApprovalExpirer } from "./approval-expirer.ts";

export interface ExpiryWorkerOptions {
  /** A connection for purpose "worker". */
  readonly redis: Redis;
  readonly expirer: ApprovalExpirer;
  readonly log: Logger;
}

interface ExpiryJob {
  readonly id: string;
}

const closeWithinMs = 2_000;
const dayInSeconds = 24 * 60 * 60;

/** Runs the approvals' timers. Returns how to stop it, which waits for the timers under way. */
export function startExpiryWorker({
  redis,
  expirer,
  log,
}: ExpiryWorkerOptions): () => Promise<void> {
  const worker = new Worker<ExpiryJob>(
    approvalQueueName,
    (job, token) => runTimer(job, token, expirer),
    {
      connection: redis,
      prefix: redisKeys.queuePrefix,
      concurrency: 20,
      removeOnComplete: { age: dayInSeconds, count: 1_000 },
      removeOnFail: { age: 7 * dayInSeconds, count: 1_000 },
    },
  );
  worker.on("failed", (job, error) =>
    log.error(
      { err: error, approval: job?.id },
      "the timer of an approval failed; the sweep ends it",
    ),
  );
  // Redis outages are the connection's to report, once; BullMQ repeats them with each attempt.
  worker.on("error", (error) => log.debug({ err: error }, "the worker of the timers has an error"));
  // Without Redis BullMQ waits for it for ever. What was under way the sweep repeats.
  return () => Promise.race([worker.close(), sleep(closeWithinMs, undefined, { ref: false })]);
}

async function runTimer(
  job: Job<ExpiryJob>,
  token: string | undefined,
  expirer: ApprovalExpirer,
): Promise<void> {
  const result = await expirer.expire(job.data.id);
  if (result.kind !== "too-early") return;
  // BullMQ delays by the worker's clock, which runs ahead of Redis's here.
  await job.moveToDelayed(Date.now() + result.remainingMs, token);
  throw new DelayedError();
}
