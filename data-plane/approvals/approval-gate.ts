import { randomUUID } from "node:crypto";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { ApprovalRecord, ExecutionEnd } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore, Fence, OpenResult } from "../../core/approvals/approval-store.ts";
import type { CompiledApproval } from "../../core/policy/compiled-policy.ts";
import type { Decision } from "../../core/policy/decide.ts";
import { approvalQueueName, redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import type { ToolCall } from "../call/agent-request.ts";
import { digestOf, identityOf } from "./approval-digest.ts";
import { ApprovalWatch } from "./approval-watch.ts";

/** What one decision of the policy asks of people. */
export type ApproveDecision = Extract<Decision, { effect: "approve" }>;

interface GateOptions {
  readonly store: ApprovalStore;
  /** For timers and for reading records; purpose "durable". */
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly proxyId: string;
  readonly log: Logger;
}

/** Holds calls on their durable records. The record is the truth; what this proxy remembers is only who waits. */
export class ApprovalGate {
  readonly #options: GateOptions;
  readonly #watch: ApprovalWatch;
  readonly #timers: Queue;
  readonly #fence: Fence;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#fence = { proxyId: options.proxyId, bootId: randomUUID() };
    this.#watch = new ApprovalWatch(options);
    this.#timers = new Queue(approvalQueueName, {
      connection: options.redis,
      prefix: redisKeys.queuePrefix,
      skipVersionCheck: true,
    });
    this.#timers.on("error", (error) => options.log.warn({ err: error }, "approval timers failed"));
  }

  /**
   * Opens a record for the call, or attaches to the open one of an identical call.
   * Rejects when Redis does not take it: then nothing is held and nothing may run.
   */
  async open(
    call: ToolCall,
    decision: ApproveDecision,
    shownArguments: unknown,
  ): Promise<OpenResult> {
    const { approval } = decision;
    const definitionHash = "";
    const result = await this.#options.store.open({
      digest: digestOf(call, { definitionHash, approval }),
      identity: identityOf(call),
      agent: call.principal.agent,
      groups: call.principal.groups,
      route: call.route.path,
      upstream: call.upstream.name,
      tool: call.tool,
      definitionHash,
      arguments: JSON.stringify(shownArguments),
      operations: decision.operations,
      rule: decision.rule ?? "",
      reason: decision.reason,
      approval: approval.name,
      approverGroups: approval.approverGroups,
      quorum: approval.quorum,
      requireReason: approval.requireReason,
      policyVersion: call.config.version,
      expiresAfterMs: approval.expiresAfterMs,
      executeWithinMs: approval.executeWithinMs,
      keepOutcomeMs: 0,
      maxPending: approval.maxPendingPerAgent,
    });
    if (result.kind === "opened") this.#startTimer(result.approval, approval);
    return result;
  }

  /** Waits until the record is no longer pending, or for so long. Resolves to the record as it stands then. */
  wait(id: string, waitMs: number, signal: AbortSignal): Promise<ApprovalRecord | undefined> {
    return this.#watch.wait(id, waitMs, signal);
  }

  /** Takes the one right to execute an approved call. False: somebody else has it, or it lapsed. */
  claim(id: string): Promise<boolean> {
    return this.#options.store.claim(id, this.#fence);
  }

  /** Notes how the execution ended. A failure is logged: the record then stays "executing", which is the truth. */
  async finish(id: string, state: ExecutionEnd): Promise<void> {
    try {
      await this.#options.store.finish(id, this.#fence, { state });
    } catch (error) {
      this.#options.log.error({ err: error, approval: id, state }, "could not note how it ended");
    }
  }

  async cancel(id: string): Promise<void> {
    await this.#options.store.cancel(id, {
      by: this.#options.proxyId,
      reason: "the agent cancelled its call",
    });
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.#timers.close();
  }

  /** A timer that is lost is made up for by the control plane's sweep, so the call need not wait for it. */
  #startTimer({ id }: ApprovalRecord, { expiresAfterMs }: CompiledApproval): void {
    this.#timers
      .add(
        "expire",
        { id },
        {
          jobId: id,
          delay: expiresAfterMs,
          removeOnComplete: { age: 86_400 },
          removeOnFail: { age: 7 * 86_400 },
        },
      )
      .catch((error: unknown) => {
        this.#options.log.warn({ err: error, approval: id }, "no timer; the sweep will expire it");
      });
  }
}
