import type { Redis } from "ioredis";
import { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { Sealer } from "../../core/secrets/sealer.ts";
import type { Logger } from "../../core/service/log.ts";
import { ApprovalGate } from "./approval-gate.ts";
import { HeldTasks } from "./held-tasks.ts";
import { TaskRuns } from "./task-runs.ts";
import { WaitingStates } from "./waiting-state.ts";

interface ApprovalParts {
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly proxyId: string;
  readonly replicas: number;
  /** What all proxies of the fleet seal with: the first seals, every one opens. */
  readonly sharedKeys: readonly Buffer[];
  readonly log: Logger;
  /** Aborts when this proxy is about to stop. */
  readonly stopping: AbortSignal;
}

/** What holds calls, and what agents carry while they wait. */
export function createApprovals({ sharedKeys, ...parts }: ApprovalParts) {
  const store = new ApprovalStore(parts.redis);
  const sealer = new Sealer(sharedKeys, "approval outcomes");
  const tasks = new HeldTasks({
    redis: parts.redis,
    ids: new Sealer(sharedKeys, "ids of held tasks"),
    calls: new Sealer(sharedKeys, "calls of held tasks"),
  });
  const approvals = new ApprovalGate({ ...parts, store, sealer });
  const taskRuns = new TaskRuns();
  return {
    approvals,
    tasks,
    taskRuns,
    waitingStates: new WaitingStates(new Sealer(sharedKeys, "waiting for approval")),
    /** First what runs: how it ends is to be noted. */
    close: async () => {
      await taskRuns.close();
      await approvals.close();
    },
  };
}
