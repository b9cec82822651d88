import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import type { Redis } from "ioredis";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { noticeQueueName } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import type { PolicyInUse } from "../policy/policy-in-use.ts";
import { WatchedWorker, type WatchTimes } from "../watched-worker.ts";
import type { Deliverer } from "./deliverer.ts";
import { DeliveryFailure } from "./delivery-failure.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { NoticeJob } from "./jobs.ts";
import type { Planner } from "./planner.ts";

export interface NoticeWorkerOptions {
  /** Opens a connection for purpose "worker". */
  readonly connect: () => Redis;
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly approvals: ApprovalStore;
  readonly deliveries: DeliveryStore;
  readonly policies: PolicyInUse;
  readonly deliverer: Deliverer;
  readonly planner: Planner;
  readonly log: Logger;
  /** Before the second try; doubles from then on. */
  readonly firstRetryMs?: number;
  readonly watch?: WatchTimes;
}

const longestBackoffMs = 300_000;
/** Longer than the deadline of one message. */
const lockMs = 60_000;

/** Sends messages and runs their timers, until it is closed: then it waits a little for what is under way. */
export function startNoticeWorker(options: NoticeWorkerOptions): WatchedWorker<NoticeJob> {
  const { firstRetryMs = 2_000 } = options;
  return new WatchedWorker<NoticeJob>({
    ...options,
    name: "the notices",
    queue: noticeQueueName,
    process: (job, token) =>
      job.data.type === "send" ? send(job, token, options) : fire(job, token, options),
    worker: {
      // Enough that receivers which hang do not keep the others waiting.
      concurrency: 50,
      lockDuration: lockMs,
      // A message whose sender died is sent by another: the receiver knows it by its id.
      maxStalledCount: 10,
      settings: { backoffStrategy: (tries, _type, error) => backoffMs(tries, firstRetryMs, error) },
    },
  });
}

async function send(
  job: Job<NoticeJob>,
  token: string | undefined,
  { deliverer }: NoticeWorkerOptions,
): Promise<void> {
  if (job.data.type !== "send") return;
  const attempt = job.attemptsMade + 1;
  const isLast = attempt >= (job.opts.attempts ?? 1);
  const result = await deliverer.deliver(job.data.batch, { attempt, isLast });
  if (result.kind === "too-early") await delay(job, token, result.remainingMs);
  if (result.kind === "given-up") throw new UnrecoverableError(result.reason);
}

/** Redis's clock decides; BullMQ's is the worker's, which may be wrong. */
async function fire(
  job: Job<NoticeJob>,
  token: string | undefined,
  { approvals, deliveries, policies, planner }: NoticeWorkerOptions,
): Promise<void> {
  if (job.data.type !== "timer") return;
  const { id, kind } = job.data;
  const policy = policies.current?.policy;
  if (!policy) throw new Error("there is no policy yet to say whom to remind");
  const record = await approvals.get(id);
  const entry = record && policy.approvals.get(record.approval);
  const afterMs = kind === "reminder" ? entry?.remindAfterMs : entry?.escalation?.afterMs;
  if (record?.state !== "pending" || afterMs === undefined) return;
  const earlyMs = record.createdAt + afterMs - (await deliveries.now());
  if (earlyMs > 0) return await delay(job, token, earlyMs);
  await planner.tell(record, kind, policy);
}

async function delay(job: Job, token: string | undefined, ms: number): Promise<never> {
  await job.moveToDelayed(Date.now() + ms, token);
  throw new DelayedError();
}

/** Doubles, with jitter; a receiver that says when to come back is heeded. */
function backoffMs(tries: number, firstMs: number, error: Error | undefined): number {
  const asked = error instanceof DeliveryFailure ? (error.retryAfterMs ?? 0) : 0;
  const ceiling = Math.min(longestBackoffMs, firstMs * 2 ** Math.min(tries - 1, 30));
  return Math.max(asked, Math.ceil(ceiling * (0.5 + 0.5 * Math.random())));
}
