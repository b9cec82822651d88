import { DelayedError, type Job } from "bullmq";
import type { Redis } from "ioredis";
import { approvalQueueName } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import { WatchedWorker, type WatchTimes } from "../watched-worker.ts";
import type { ApprovalExpirer } from "./approval-expirer.ts";

export interface ExpiryWorkerOptions {
  /** Opens a connection for purpose "worker". */
  readonly connect: () => Redis;
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly expirer: ApprovalExpirer;
  readonly log: Logger;
  readonly watch?: WatchTimes;
}

interface ExpiryJob {
  readonly id: string;
}

const dayInSeconds = 24 * 60 * 60;

/** Runs the approvals' timers. What is not finished when it is closed, or while it is stuck, the sweep makes up for. */
export function startExpiryWorker(options: ExpiryWorkerOptions): WatchedWorker<ExpiryJob> {
  const { expirer, log } = options;
  return new WatchedWorker<ExpiryJob>({
    ...options,
    name: "the timers of approvals",
    queue: approvalQueueName,
    process: (job, token) => runTimer(job, token, expirer),
    onFailed: (job, error) =>
      log.error(
        { err: error, approval: job?.data.id },
        "the timer of an approval failed; the sweep ends it",
      ),
    worker: {
      concurrency: 20,
      removeOnComplete: { age: dayInSeconds, count: 1_000 },
      removeOnFail: { age: 7 * dayInSeconds, count: 1_000 },
    },
  });
}

async function runTimer(
  job: Job<ExpiryJob>,
  token: string | undefined,
  expirer: ApprovalExpirer,
): Promise<void> {
  const result = await expirer.expire(job.data.id);
  if (result.kind !== "too-early") return;
  // BullMQ delays by the worker's clock, which runs ahead of Redis's here; or another clock of the approval began.
  await job.moveToDelayed(Date.now() + result.remainingMs, token);
  throw new DelayedError();
}
