import type { Redis } from "ioredis";
import { redisKeys } from "../redis/keys.ts";
import { createApprovalId } from "./approval-id.ts";
import { ApprovalReader } from "./approval-reader.ts";
import type {
  ApprovalRecord,
  ApprovalState,
  ExecutionEnd,
  NewApproval,
} from "./approval-record.ts";
import { type ApprovalScripts, type Edge, withApprovalScripts } from "./approval-scripts.ts";
import type { DecideResult, Decision, ReviewResult } from "./decision.ts";

export type OpenResult =
  | { readonly kind: "opened" | "attached"; readonly approval: ApprovalRecord }
  /** Nothing was opened: the agent, or all of them, have too many that wait. */
  | { readonly kind: "too-many"; readonly scope: "agent" | "all" };

export type ExpireResult =
  /** Expired, lapsed or indeterminate, by which of its clocks has run out. */
  | { readonly kind: "ended"; readonly state: ApprovalState }
  | { readonly kind: "too-early"; readonly remainingMs: number }
  /** Without a state: there is no such record. */
  | { readonly kind: "not-pending"; readonly state?: ApprovalState };

/** The right of one proxy to execute one approved call. It names the process, not only the proxy: a new one is another. */
export interface Fence {
  readonly proxyId: string;
  /** Of this process alone. */
  readonly bootId: string;
}

export interface ExecutionResult {
  readonly state: ExecutionEnd;
  readonly reason?: string;
  /** Whether an identical call asks anew at once: nothing was sent. */
  readonly asksAnew?: boolean;
  /** What it answered, for identical calls. */
  readonly outcome?: { readonly sealed: Buffer; readonly keepForMs: number };
}

/** Somebody who does something, and why. */
export interface EndedBy {
  readonly by: string;
  readonly reason: string;
}

const keepFinishedMs = 7 * 24 * 60 * 60_000;
/** A fence that is not renewed for so long is given up: its proxy is gone, or frozen for longer than we wait. */
export const fenceLeaseMs = 30_000;
/** How long the next identical call is told of a denial that nobody was told of. */
const tellForMs = 15 * 60_000;
/** Of all agents together: more is a storm that no operator can read. */
const maxUnfinished = 20_000;

/** The approvals in Redis. Each change is one compare-and-set by Redis's clock: racing callers have one winner. */
export class ApprovalStore extends ApprovalReader {
  readonly #redis: Redis & ApprovalScripts;

  constructor(redis: Redis) {
    super(redis);
    this.#redis = withApprovalScripts(redis);
  }

  /** The states of many approvals in one exchange, in their order. Undefined: there is no such record. */
  async statesOf(ids: readonly string[]): Promise<(ApprovalState | undefined)[]> {
    const keys = ids.map((id) => redisKeys.approval(id));
    const states = await this.#redis.mcpgwStatesOfApprovals(keys.length, ...keys);
    return states.map((state) => state ?? undefined);
  }

  /** Opens a record, or attaches to the one of an identical call. */
  async open(request: NewApproval): Promise<OpenResult> {
    for (;;) {
      const id = createApprovalId();
      const [outcome, found] = await this.#openAs(id, request);
      if (outcome === "taken") continue;
      if (outcome === "too-many") return { kind: outcome, scope: found as "agent" | "all" };
      const kind = outcome === "opened" ? "opened" : "attached";
      return { kind, approval: await this.#getExisting(found) };
    }
  }

  /** Records one operator's answer. The same answer of the same operator again is no error. */
  async decide(id: string, decision: Decision): Promise<DecideResult> {
    const { operator, approve, reason, digest, denialsNeeded = 1, breakGlass = false } = decision;
    const [kind] = await this.#move("decide", id, [
      operator,
      approve ? "approve" : "deny",
      JSON.stringify({ operator, approve, reason, ...(breakGlass && { breakGlass }) }),
      digest,
      tellForMs,
      denialsNeeded,
      breakGlass ? "break-glass" : "",
      redisKeys.approvalsToReview,
    ]);
    if (kind === "missing") return { kind: "not-found" };
    const approval = await this.#getExisting(id);
    return { kind: kind as Exclude<DecideResult["kind"], "not-found">, approval };
  }

  /** Notes that somebody else has looked at what one operator alone approved. */
  async review(id: string, { by, reason }: EndedBy): Promise<ReviewResult> {
    const details = [by, JSON.stringify({ operator: by, reason }), redisKeys.approvalsToReview];
    const [kind] = await this.#move("review", id, details);
    return kind === "missing" ? "refused" : (kind as ReviewResult);
  }

  /** Ends an approval of which a clock has run out. Redis's clock decides. */
  async expire(id: string): Promise<ExpireResult> {
    const [kind, detail] = await this.#move("expire", id, []);
    if (kind === "ended") return { kind, state: detail as ApprovalState };
    if (kind === "too-early") return { kind, remainingMs: Number(detail) };
    if (kind === "missing") return { kind: "not-pending" };
    return { kind: "not-pending", state: detail as ApprovalState };
  }

  /** False: it was pending no longer. */
  cancel(id: string, { by, reason }: EndedBy): Promise<boolean> {
    return this.#moves("cancel", id, [by, reason]);
  }

  /** Takes an approval back that was not begun. False: it was not approved, or has begun. */
  revoke(id: string, { by, reason }: EndedBy): Promise<boolean> {
    return this.#moves("revoke", id, [by, reason, tellForMs]);
  }

  /** Ends an approval that no longer fits what the policy or the tool says. False: it was neither pending nor approved. */
  supersede(id: string, { by, reason }: EndedBy): Promise<boolean> {
    return this.#moves("supersede", id, [by, reason]);
  }

  /** Notes that another policy version asks for the same. */
  confirm(id: string, policyVersion: number): Promise<boolean> {
    return this.#moves("confirm", id, [policyVersion]);
  }

  /** Takes the right to execute an approved call. At most one caller ever gets true. */
  claim(id: string, fence: Fence): Promise<boolean> {
    return this.#moves("claim", id, [nameOf(fence), fenceLeaseMs, fence.proxyId]);
  }

  /** Prolongs the right to execute. False: it was given up meanwhile. */
  renew(id: string, fence: Fence): Promise<boolean> {
    return this.#moves("renew", id, [nameOf(fence), fenceLeaseMs]);
  }

  /** Undoes a claim of which nothing was sent: the approval can be used again. False: it is too late for that. */
  giveBack(id: string, fence: Fence): Promise<boolean> {
    return this.#moves("giveBack", id, [nameOf(fence), fence.proxyId]);
  }

  /** Records how the execution ended. False unless the fence claimed it. */
  async finish(id: string, fence: Fence, result: ExecutionResult): Promise<boolean> {
    const { state, reason = "", asksAnew = false, outcome } = result;
    const [kind] = await this.#move("finish", id, [
      nameOf(fence),
      state,
      reason,
      fence.proxyId,
      asksAnew ? 1 : 0,
      outcome?.sealed ?? "",
      outcome?.keepForMs ?? 0,
      redisKeys.approvalOutcome(id),
    ]);
    return kind === "moved" || kind === "settled";
  }

  /** True for the first who asks: whoever it is records the opening and starts the timer. */
  announce(id: string): Promise<boolean> {
    return this.#moves("announce", id, []);
  }

  /** Counts a wait that ended undecided. */
  async countWait(id: string): Promise<void> {
    await this.#move("countWait", id, []);
  }

  /** The agent was told of the denial: an identical call asks anew. */
  async told(id: string): Promise<void> {
    await this.#move("told", id, []);
  }

  /** Removes ids from the indexes whose records Redis has dropped. Returns how many. */
  async sweepIndex(nowMs: number, limit: number): Promise<number> {
    const until = nowMs - keepFinishedMs;
    const key = redisKeys.approvalIndex;
    const oldest = await this.#redis.zrangebyscore(key, 0, until, "LIMIT", 0, limit);
    const exist = await Promise.all(oldest.map((id) => this.#redis.exists(redisKeys.approval(id))));
    const gone = oldest.filter((_, index) => exist[index] === 0);
    if (gone.length > 0) await this.#redis.zrem(key, ...gone);
    return gone.length;
  }

  #openAs(id: string, request: NewApproval) {
    const { expiresAfterMs, maxPending, ...asked } = request;
    return this.#redis.mcpgwOpenApproval(
      redisKeys.approvalOfCall(request.identity),
      redisKeys.approval(id),
      redisKeys.approvalIndex,
      redisKeys.approvalsPending,
      redisKeys.approvalChannel,
      redisKeys.approvalsOfAgent(request.agent),
      id,
      redisKeys.approval(""),
      JSON.stringify(asked),
      request.digest,
      request.identity,
      request.agent,
      request.quorum,
      Math.max(1, Math.round(expiresAfterMs)),
      Math.max(1, Math.round(request.executeWithinMs)),
      Math.round(request.keepOutcomeMs),
      maxPending,
      maxUnfinished,
    );
  }

  #move(edge: Edge, id: string, details: readonly (string | number | Buffer)[]) {
    return this.#redis.mcpgwMoveApproval(
      redisKeys.approval(id),
      redisKeys.approvalsPending,
      redisKeys.approvalChannel,
      id,
      edge,
      redisKeys.approvalOfCall(""),
      redisKeys.approvalsOfAgent(""),
      keepFinishedMs,
      ...details,
    );
  }

  async #moves(edge: Edge, id: string, details: readonly (string | number)[]): Promise<boolean> {
    return (await this.#move(edge, id, details))[0] === "moved";
  }

  async #getExisting(id: string): Promise<ApprovalRecord> {
    const approval = await this.get(id);
    if (!approval) throw new Error(`approval ${id} vanished while it was read`);
    return approval;
  }
}

function nameOf({ proxyId, bootId }: Fence): string {
  return `${proxyId} ${bootId}`;
}
