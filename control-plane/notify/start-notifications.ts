import type { Redis } from "ioredis";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { SecretReader } from "../../core/secrets/secret-reader.ts";
import type { Env } from "../../core/service/env.ts";
import type { Lifecycle } from "../../core/service/lifecycle.ts";
import type { Logger } from "../../core/service/log.ts";
import type { Connections } from "../connections.ts";
import type { PolicyInUse } from "../policy/policy-in-use.ts";
import { repeat } from "../repeat.ts";
import type { WatchTimes } from "../watched-worker.ts";
import { Deliverer } from "./deliverer.ts";
import { DeliveryStore } from "./delivery-store.ts";
import { NoticeJobs } from "./jobs.ts";
import { MailSender } from "./mail-sender.ts";
import { startNoticeWorker } from "./notice-worker.ts";
import { Planner } from "./planner.ts";
import { WebhookSender } from "./webhook-sender.ts";

export interface NotificationsOptions {
  readonly connections: Connections;
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly approvals: ApprovalStore;
  readonly policies: PolicyInUse;
  readonly audit: Pick<AuditTrail, "write">;
  /** Where the secrets are that policies name for notifiers. */
  readonly env: Env;
  readonly log: Logger;
  readonly firstRetryMs?: number;
  readonly sweepMs?: number;
  readonly watch?: WatchTimes;
}

export interface Notifications {
  readonly planner: Planner;
  readonly deliveries: DeliveryStore;
}

/** Starts to tell people of held calls, until the lifecycle closes. */
export async function startNotifications(
  options: NotificationsOptions,
  lifecycle: Lifecycle,
): Promise<Notifications> {
  const { connections, redis, env, log } = options;
  const secrets = new SecretReader(env);
  const deliveries = new DeliveryStore(redis);
  const jobs = lifecycle.use("the queue of notices", new NoticeJobs({ redis, log }), (it) =>
    it.close(),
  );
  const planner = new Planner({ ...options, deliveries, jobs });
  const deliverer = new Deliverer({
    ...options,
    deliveries,
    webhooks: new WebhookSender({ secrets }),
    mails: new MailSender({ secrets }),
  });
  const connect = () => connections.open("worker");
  const worker = startNoticeWorker({ ...options, connect, deliveries, deliverer, planner });
  lifecycle.use("the worker of notices", worker, (it) => it.close());

  const subscriber = connections.openFor(lifecycle, "subscriber");
  subscriber.on("message", (_channel, id) => planner.see(id));
  await subscriber.subscribe(redisKeys.approvalChannel);
  const name = "planning the notices of held calls";
  const everyMs = options.sweepMs ?? 5_000;
  const stopSweep = repeat({ name, everyMs, task: () => planner.sweep(), log });
  lifecycle.use(name, stopSweep, (it) => it());
  return { planner, deliveries };
}
