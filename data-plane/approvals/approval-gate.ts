import { randomUUID } from "node:crypto";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { ApprovalRecord, ExecutionEnd } from "../../core/approvals/approval-record.ts";
import {
  type ApprovalStore,
  type Fence,
  fenceLeaseMs,
  type OpenResult,
} from "../../core/approvals/approval-store.ts";
import type { CompiledApproval } from "../../core/policy/compiled-policy.ts";
import { approvalQueueName, redisKeys } from "../../core/redis/keys.ts";
import { isReplicated } from "../../core/redis/replicated.ts";
import type { Sealer } from "../../core/secrets/sealer.ts";
import type { Logger } from "../../core/service/log.ts";
import { tryAgain } from "../../core/service/try-again.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { StoredOutcome } from "../call/stored-outcome.ts";
import { definitionHashOf, identityOf } from "./approval-digest.ts";
import { type ApproveDecision, newApprovalOf, type SeenCall } from "./approval-request.ts";
import { ApprovalWatch, type Waiting } from "./approval-watch.ts";
import { ExecutionRight, type FinishNote } from "./execution-right.ts";
import { OutcomeVault } from "./outcome-vault.ts";

export type Claim =
  | { readonly kind: "claimed"; readonly right: ExecutionRight }
  /** Somebody else has it, or the approval is over. */
  | { readonly kind: "refused" }
  /** Not enough replicas heard of it in time: a failover could forget it, so it is given up. */
  | { readonly kind: "unreplicated" };

/** How an execution ended. */
interface Conclusion {
  readonly state: ExecutionEnd;
  readonly note?: Omit<FinishNote, "outcome">;
  /** What identical calls are to get. */
  readonly keep?: { readonly outcome: StoredOutcome; readonly forMs: number };
}

interface GateOptions {
  readonly store: ApprovalStore;
  /** For timers and for records; purpose "durable". */
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly proxyId: string;
  /** How many replicas must have heard of a claim before its call runs. */
  readonly replicas: number;
  /** Of purpose "approval outcomes". */
  readonly sealer: Sealer;
  readonly log: Logger;
  /** Ends all waiting. */
  readonly stopping: AbortSignal;
}

/** How long it is tried to note how a call ended, while Redis is away. */
const concludeWithinMs = 5 * 60_000;
/** It was too late to give the approval back. */
const neverReplicated: Conclusion = {
  state: "failed",
  note: { reason: "never sent: too few replicas heard of the claim", asksAnew: true },
};

/** Holds calls on their durable records. The record is the truth; what this proxy remembers is only who waits. */
export class ApprovalGate {
  readonly #options: GateOptions;
  readonly #watch: ApprovalWatch;
  readonly #vault: OutcomeVault;
  readonly #timers: Queue;
  readonly #fence: Fence;
  #claims = 0;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#fence = { proxyId: options.proxyId, bootId: randomUUID() };
    this.#watch = new ApprovalWatch(options);
    this.#vault = new OutcomeVault(options.redis, options.sealer);
    this.#timers = new Queue(approvalQueueName, {
      connection: options.redis,
      prefix: redisKeys.queuePrefix,
      skipVersionCheck: true,
    });
    this.#timers.on("error", (error) => options.log.warn({ err: error }, "approval timers failed"));
  }

  /**
   * Opens a record for exactly the call that would be sent, or attaches to the one of an identical call.
   * Rejects when Redis does not say that it took it. It may have: the identical call then finds it.
   */
  async open(call: ToolCall, decision: ApproveDecision, seen: SeenCall): Promise<OpenResult> {
    return await this.#options.store.open(newApprovalOf(call, decision, seen));
  }

  /** Whether an identical call is held or runs, or agents are still told how it ended: nothing runs for this one then. */
  isHeld(call: ToolCall): Promise<boolean> {
    return this.#options.store.isHeld(identityOf(call));
  }

  /** Whether an approval is of exactly this call. */
  isOf(record: ApprovalRecord, call: ToolCall): boolean {
    return record.identity === identityOf(call);
  }

  /** True for the one who is to record that it was opened. Its timer is started. */
  async announce(id: string, { expiresAfterMs }: CompiledApproval): Promise<boolean> {
    if (!(await this.#options.store.announce(id))) return false;
    this.#startTimer(id, expiresAfterMs);
    return true;
  }

  /** SHA-256 over a tool's definition as its upstream lists it. */
  hashDefinition(listed: Readonly<Record<string, unknown>>): string {
    return definitionHashOf(listed);
  }

  get(id: string): Promise<ApprovalRecord | undefined> {
    return this.#options.store.get(id);
  }

  /** Waits as {@link ApprovalWatch.wait} does. */
  wait(id: string, waiting: Waiting): Promise<ApprovalRecord | undefined> {
    return this.#watch.wait(id, waiting);
  }

  /** Takes the one right to execute an approved call. */
  async claim(id: string): Promise<Claim> {
    const { store, log, redis, replicas } = this.#options;
    this.#claims += 1;
    // One for each claim: what undoes one cannot undo another of this process.
    const fence = { ...this.#fence, bootId: `${this.#fence.bootId} ${this.#claims}` };
    let right: ExecutionRight | undefined;
    try {
      right = await ExecutionRight.claim({ store, log, approvalId: id, fence });
      if (!right) return { kind: "refused" };
      if (await isReplicated(redis, replicas)) return { kind: "claimed", right };
      const isGiven = await right.giveBack();
      if (!isGiven) await this.conclude(right, neverReplicated);
    } catch (error) {
      // Redis may have taken the claim and died before it said so. Undone, the approval can be used again; nothing was sent.
      log.warn({ err: error, approval: id }, "a claim is not certain, and is undone");
      right?.release();
      void tryAgain(() => store.giveBack(id, fence), fenceLeaseMs);
    }
    return { kind: "unreplicated" };
  }

  /**
   * Gives back an approval of which nothing was sent, for the identical call to use. Returns in which state that leaves it:
   * failed when the time to begin is over, or when Redis does not take it.
   */
  async giveBack(right: ExecutionRight, why: string): Promise<"approved" | "failed"> {
    const isGiven = await right.giveBack().catch((error: unknown) => {
      const about = { err: error, approval: right.approvalId };
      this.#options.log.warn(about, "an approval could not be given back");
      return false;
    });
    if (isGiven) return "approved";
    const note = { reason: `never sent: ${why}`, asksAnew: true };
    await this.conclude(right, { state: "failed", note });
    return "failed";
  }

  /**
   * Notes how a call ended together with what it answered, for identical calls.
   * What Redis does not take now is tried again beside the answer, which must not wait for it.
   */
  async conclude(right: ExecutionRight, conclusion: Conclusion): Promise<void> {
    const { state, note, keep } = conclusion;
    const outcome = keep &&
      keep.forMs > 0 && {
        sealed: this.#vault.seal(right.approvalId, keep.outcome),
        keepForMs: keep.forMs,
      };
    const attempt = () => right.finish(state, { ...note, ...(outcome && { outcome }) });
    try {
      await attempt();
    } catch (error) {
      const about = { err: error, approval: right.approvalId, state };
      this.#options.log.error(about, "could not note how an approved call ended; will again");
      void this.#concludeLater(right, attempt);
    }
  }

  kept(id: string): Promise<StoredOutcome | undefined> {
    return this.#vault.get(id);
  }

  cancel(id: string, agent: string): Promise<boolean> {
    return this.#options.store.cancel(id, { by: agent, reason: "the agent cancelled its call" });
  }

  supersede(id: string, reason: string): Promise<boolean> {
    return this.#options.store.supersede(id, { by: this.#options.proxyId, reason });
  }

  /** Notes that a later policy version asks for the same. */
  confirm(id: string, policyVersion: number): Promise<boolean> {
    return this.#options.store.confirm(id, policyVersion);
  }

  /** The agent was told of a denial: an identical call asks anew. */
  async told(id: string): Promise<void> {
    await this.#ignoringFailure(id, this.#options.store.told(id));
  }

  /** Counts a wait that ended undecided: waiting is no call of its own. */
  async countWait(id: string): Promise<void> {
    await this.#ignoringFailure(id, this.#options.store.countWait(id));
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.#timers.close();
  }

  async #concludeLater(right: ExecutionRight, attempt: () => Promise<void>): Promise<void> {
    if (await tryAgain(attempt, concludeWithinMs)) return;
    right.release();
    this.#options.log.error(
      { approval: right.approvalId },
      "how an approved call ended was not noted: it becomes indeterminate",
    );
  }

  async #ignoringFailure(id: string, noting: Promise<void>): Promise<void> {
    await noting.catch((error: unknown) =>
      this.#options.log.warn({ err: error, approval: id }, "an approval could not be noted upon"),
    );
  }

  /** A timer that is lost is made up for by the control plane's sweep, so the call need not wait for it. */
  #startTimer(id: string, delay: number): void {
    const removeOnComplete = { age: 86_400 };
    const removeOnFail = { age: 7 * 86_400 };
    this.#timers
      .add("expire", { id }, { jobId: id, delay, removeOnComplete, removeOnFail })
      .catch((error: unknown) => {
        this.#options.log.warn({ err: error, approval: id }, "no timer; the sweep will expire it");
      });
  }
}
