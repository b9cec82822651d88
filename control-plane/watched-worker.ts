import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Job, Queue, Worker, type WorkerOptions } from "bullmq";
import type { Redis } from "ioredis";
import { redisKeys } from "../core/redis/keys.ts";
import type { Logger } from "../core/service/log.ts";
import { repeat } from "./repeat.ts";

export interface WatchedWorkerOptions<Data> {
  /** For the log, such as "the timers of approvals". */
  readonly name: string;
  readonly queue: string;
  /** Opens a connection for purpose "worker". */
  readonly connect: () => Redis;
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly process: (job: Job<Data>, token: string | undefined) => Promise<void>;
  readonly onFailed?: (job: Job<Data> | undefined, error: Error) => void;
  readonly worker: Partial<WorkerOptions>;
  readonly log: Logger;
  readonly watch?: WatchTimes;
}

export interface WatchTimes {
  /** How often a canary is sent. */
  readonly everyMs: number;
  /** When one that nobody took says that the worker is stuck. */
  readonly stuckAfterMs: number;
}

interface RunningWorker<Data> {
  readonly worker: Worker<Data>;
  readonly connection: Redis;
}

const defaultTimes: WatchTimes = { everyMs: 15_000, stuckAfterMs: 45_000 };
const closeWithinMs = 2_000;
const canaryName = "canary";

/**
 * A BullMQ worker that is noticed when it hangs. Workers have got stuck for ever after outages of Redis, without a word:
 * canaries, which take the way of every job, show it, and the worker is built anew.
 */
export class WatchedWorker<Data> {
  readonly #options: WatchedWorkerOptions<Data>;
  readonly #queue: Queue;
  readonly #times: WatchTimes;
  /** Canaries that nobody took so far, by when they were sent (performance.now()). */
  readonly #canaries = new Map<string, number>();
  #running: RunningWorker<Data>;
  readonly #stopWatching: () => Promise<void>;

  constructor(options: WatchedWorkerOptions<Data>) {
    const { name, log, redis } = options;
    this.#options = options;
    this.#times = options.watch ?? defaultTimes;
    this.#queue = new Queue(options.queue, {
      connection: redis,
      prefix: redisKeys.queuePrefix,
      skipVersionCheck: true,
    });
    this.#queue.on("error", (error) => log.debug({ err: error }, `the queue of ${name} failed`));
    this.#running = this.#build();
    const { everyMs } = this.#times;
    const task = () => this.#look();
    this.#stopWatching = repeat({ name: `watching ${name}`, everyMs, task, log });
  }

  /** Waits a little for what is under way. */
  async close(): Promise<void> {
    await this.#stopWatching();
    await end(this.#running);
    await this.#queue.close();
  }

  #build(): RunningWorker<Data> {
    const { name, queue, connect, process, onFailed, log } = this.#options;
    const connection = connect();
    const worker = new Worker<Data>(
      queue,
      (job, token) => (job.name === canaryName ? Promise.resolve() : process(job, token)),
      { ...this.#options.worker, connection, prefix: redisKeys.queuePrefix },
    );
    if (onFailed) worker.on("failed", onFailed);
    // Redis outages are the connection's to report, once; BullMQ repeats them with each attempt.
    worker.on("error", (error) => log.debug({ err: error }, `the worker of ${name} has an error`));
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
    await this.#queue.add(canaryName, {}, { jobId: id, delay: 1, removeOnComplete: true });
    this.#canaries.set(id, now);
  }

  async #rebuild(): Promise<void> {
    const { name, log } = this.#options;
    const unprocessed = this.#canaries.size;
    log.error({ unprocessed }, `${name} are stuck: their worker is built anew`);
    const old = this.#running;
    this.#running = this.#build();
    this.#canaries.clear();
    await end(old);
  }
}

/** Without Redis BullMQ waits for it for ever. */
async function end<Data>({ worker, connection }: RunningWorker<Data>): Promise<void> {
  await Promise.race([worker.close(), sleep(closeWithinMs, undefined, { ref: false })]);
  connection.disconnect();
}
