import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, type Job, Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { approvalQueueName, redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import { repeat } from "../repeat.ts";
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

interface WatchTimes {
  /** How often a canary is sent. */
  readonly everyMs: number;
  /** When one that nobody took says that the worker is stuck. */
  readonly stuckAfterMs: number;
}

interface ExpiryJob {
  /** Absent in a canary. */
  readonly id?: string;
}

interface RunningWorker {
  readonly worker: Worker<ExpiryJob>;
  readonly connection: Redis;
}

const defaultTimes: WatchTimes = { everyMs: 15_000, stuckAfterMs: 45_000 };
const closeWithinMs = 2_000;
const dayInSeconds = 24 * 60 * 60;

/**
 * Runs the approvals' timers. Workers have got stuck for ever after outages of Redis, without a word: canaries, which
 * take the way of every timer, show it, and the worker is built anew. What it missed the sweep has made up for.
 */
export class ExpiryWorker {
  readonly #options: ExpiryWorkerOptions;
  readonly #queue: Queue<ExpiryJob>;
  readonly #times: WatchTimes;
  /** Canaries that nobody took so far, by when they were sent (performance.now()). */
  readonly #canaries = new Map<string, number>();
  #running: RunningWorker;
  #stopWatching: () => unknown = () => {};

  private constructor(options: ExpiryWorkerOptions) {
    this.#options = options;
    this.#times = options.watch ?? defaultTimes;
    this.#queue = new Queue(approvalQueueName, {
      connection: options.redis,
      prefix: redisKeys.queuePrefix,
      skipVersionCheck: true,
    });
    this.#queue.on("error", (error) =>
      options.log.debug({ err: error }, "the timers' queue failed"),
    );
    this.#running = this.#build();
  }

  static start(options: ExpiryWorkerOptions): ExpiryWorker {
    const worker = new ExpiryWorker(options);
    worker.#stopWatching = repeat({
      name: "watching the timers of approvals",
      everyMs: worker.#times.everyMs,
      task: () => worker.#look(),
      log: options.log,
    });
    return worker;
  }

  /** Waits a little for the timers under way. What is not finished the sweep repeats. */
  async close(): Promise<void> {
    await this.#stopWatching();
    await end(this.#running);
    await this.#queue.close();
  }

  #build(): RunningWorker {
    const { connect, expirer, log } = this.#options;
    const connection = connect();
    const worker = new Worker<ExpiryJob>(
      approvalQueueName,
      (job, token) => runTimer(job, token, expirer),
      {
        connection,
        prefix: redisKeys.queuePrefix,
        concurrency: 20,
        removeOnComplete: { age: dayInSeconds, count: 1_000 },
        removeOnFail: { age: 7 * dayInSeconds, count: 1_000 },
      },
    );
    worker.on("failed", (job, error) =>
      log.error(
        { err: error, approval: job?.data.id },
        "the timer of an approval failed; the sweep ends it",
      ),
    );
    // Redis outages are the connection's to report, once; BullMQ repeats them with each attempt.
    worker.on("error", (error) =>
      log.debug({ err: error }, "the worker of the timers has an error"),
    );
    return { worker, connection };
  }

  /** Rejects while Redis is away: then nothing can be said of the worker. */
  async #look(): Promise<void> {
    const now = performance.now();
    for (const [id, sentAt] of this.#canaries) {
      if (!(await this.#queue.getJob(id))) this.#canaries.delete(id);
      else if (now - sentAt > this.#times.stuckAfterMs) return await this.#rebuild();
    }
    const id = `canary-${randomUUID()}`;
    await this.#queue.add("canary", {}, { jobId: id, delay: 1, removeOnComplete: true });
    this.#canaries.set(id, now);
  }

  async #rebuild(): Promise<void> {
    const { log } = this.#options;
    const unprocessed = this.#canaries.size;
    log.error({ unprocessed }, "the timers of approvals are stuck: their worker is built anew");
    const old = this.#running;
    this.#running = this.#build();
    this.#canaries.clear();
    await end(old);
  }
}

/** Without Redis BullMQ waits for it for ever. */
async function end({ worker, connection }: RunningWorker): Promise<void> {
  await Promise.race([worker.close(), sleep(closeWithinMs, undefined, { ref: false })]);
  connection.disconnect();
}

async function runTimer(
  job: Job<ExpiryJob>,
  token: string | undefined,
  expirer: ApprovalExpirer,
): Promise<void> {
  if (job.data.id === undefined) return;
  const result = await expirer.expire(job.data.id);
  if (result.kind !== "too-early") return;
  // BullMQ delays by the worker's clock, which runs ahead of Redis's here; or another clock of the approval began.
  await job.moveToDelayed(Date.now() + result.remainingMs, token);
  throw new DelayedError();
}
