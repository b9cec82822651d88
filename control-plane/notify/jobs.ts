import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { noticeQueueName, redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import { type Batch, nameOfBatch } from "./delivery.ts";

/** What the queue's jobs are: one message to send, or the time at which one may become due. */
export type NoticeJob =
  | { readonly type: "send"; readonly batch: Batch }
  | { readonly type: "timer"; readonly id: string; readonly kind: "reminder" | "escalation" };

const daySeconds = 86_400;
/** Over a quarter of an hour, by the backoff of the worker. */
const attempts = 10;

/** Puts jobs into the queue. A job that is there already is not put there twice. */
export class NoticeJobs {
  readonly #queue: Queue<NoticeJob>;

  constructor(options: { readonly redis: Redis; readonly log: Logger }) {
    this.#queue = new Queue(noticeQueueName, {
      connection: options.redis,
      prefix: redisKeys.queuePrefix,
      skipVersionCheck: true,
    });
    this.#queue.on("error", (error) =>
      options.log.debug({ err: error }, "the queue of notices has an error"),
    );
  }

  async send(batch: Batch, dueInMs: number): Promise<void> {
    await this.#add({ type: "send", batch }, nameOfBatch(batch), dueInMs);
  }

  async remindAt(
    timer: Extract<NoticeJob, { type: "timer" }>,
    at: { readonly inMs: number; readonly afterMs: number },
  ) {
    // A policy that changed the time meanwhile gets a timer of its own; the older one finds nothing to do.
    await this.#add(timer, `${timer.kind}~${timer.id}~${at.afterMs}`, at.inMs);
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  async #add(job: NoticeJob, jobId: string, delayMs: number): Promise<void> {
    await this.#queue.add(job.type, job, {
      jobId,
      delay: Math.max(0, Math.ceil(delayMs)),
      attempts,
      backoff: { type: "custom" },
      removeOnComplete: { age: daySeconds, count: 10_000 },
      removeOnFail: { age: 7 * daySeconds, count: 10_000 },
    });
  }
}
