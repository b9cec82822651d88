import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { consult } from "../../core/policy/decide.ts";
import type { ApproveDecision } from "../approvals/approval-gate.ts";
import { factsOf, type ToolCall } from "../call/agent-request.ts";
import { CallCancelled } from "../call/call-cancelled.ts";
import type { HeldApproval, Outcome } from "../call/outcome.ts";
import type { Gateway, Way } from "./gateway.ts";
import { reportProgress } from "./report-progress.ts";
import type { CallQuota } from "./take-quota.ts";

type Release =
  | { readonly kind: "released"; readonly approvalId: string }
  | { readonly kind: "ended"; readonly outcome: Outcome };

/** What a held call needs on its way: its quota is taken when it is made, not while it waits. */
export interface HoldingWay extends Way {
  readonly quota: Pick<CallQuota, "takeAfterWaiting" | "refund">;
}

/**
 * Holds a call until people decide. Its truth is the durable record, not the open connection:
 * when this wait ends undecided, the identical call attaches to the same record, on any proxy.
 */
export async function holdCall(
  call: ToolCall,
  decision: ApproveDecision,
  way: HoldingWay,
): Promise<Release> {
  const { gateway, reply } = way;
  const shown = gateway.inspector.redactForRecord(call.arguments);
  if (!canBeShown(shown)) {
    const reason =
      "its arguments are too large to be shown to the people who would have to approve";
    return ended({ kind: "blocked", reason });
  }
  let record: ApprovalRecord;
  try {
    const opened = await gateway.approvals.open(call, decision, shown);
    if (opened.kind === "too-many") {
      return ended({ kind: "too-many-pending", scope: opened.scope });
    }
    record = opened.approval;
  } catch (error) {
    gateway.log.error({ err: error, callId: call.callId }, "no approval could be opened");
    return ended({ kind: "unavailable", reason: "approvals cannot be recorded now" });
  }
  noteApproval(way, record);
  await gateway.audit.held(call, way.trail);
  gateway.log.info({ callId: call.callId, approval: record.id, tool: call.tool }, "held a call");
  reply.openStream();
  const stopProgress = reportProgress(call, reply, `waiting for approval ${record.id}`);
  try {
    const { holdForMs } = decision.approval;
    // An agent whose connection is gone is not there to execute: its next try is.
    const signal = AbortSignal.any([call.signal, call.connection, gateway.stopping]);
    const decided = (await gateway.approvals.wait(record.id, holdForMs, signal)) ?? record;
    noteApproval(way, decided);
    return await release(call, decided, way);
  } finally {
    stopProgress();
  }
}

async function release(call: ToolCall, record: ApprovalRecord, way: HoldingWay): Promise<Release> {
  const { gateway } = way;
  const approval = heldApproval(record);
  if (call.signal.reason instanceof CallCancelled) {
    if (record.state === "pending") await gateway.approvals.cancel(record.id);
    return ended({ kind: "cancelled" });
  }
  const isGone = call.connection.aborted || gateway.stopping.aborted;
  if (record.state === "pending" || isGone) return ended({ kind: "pending", approval });
  if (record.state === "denied") return ended(denial(record, approval));
  if (record.state === "cancelled") return ended({ kind: "cancelled" });
  if (record.state !== "approved") return ended({ kind: "approval-expired", approval });

  const change = findChange(call, record, gateway);
  if (change) return ended(change);
  // The approval stays where a limit refuses: the agent comes back when there is room.
  const refusal = await way.quota.takeAfterWaiting();
  if (refusal) return ended(refusal);
  const claimed = await gateway.approvals.claim(record.id);
  if (!claimed) {
    await way.quota.refund();
    return ended({ kind: "approval-expired", approval });
  }
  noteApproval(way, { ...record, state: "executing" });
  return { kind: "released", approvalId: record.id };
}

/**
 * What has changed while people thought: an approval does not make good what the policy denies now,
 * nor what it asks other or more people for, nor what an agent asked that may not call any more.
 */
function findChange(call: ToolCall, record: ApprovalRecord, gateway: Gateway): Outcome | undefined {
  if (!gateway.isCurrent(call.principal)) {
    return {
      kind: "denied",
      rule: undefined,
      reason: "what the agent logged in with was revoked or has expired meanwhile",
    };
  }
  const policy = gateway.currentConfig()?.policy ?? call.config.policy;
  const { decision } = consult(policy, factsOf(call, call.subject, call.arguments));
  if (decision.effect !== "approve") {
    const { effect, rule, reason } = decision;
    return effect === "allow" ? undefined : { kind: "denied", rule, reason };
  }
  const { quorum, approverGroups, requireReason } = decision.approval;
  const isSame =
    record.quorum >= quorum &&
    record.requireReason === requireReason &&
    record.approverGroups.join("\0") === approverGroups.join("\0");
  const reason = "the policy now asks for another approval: repeat the call to ask for it";
  return isSame ? undefined : { kind: "denied", rule: decision.rule, reason };
}

const maxShownLength = 256 * 1024;

/** Nobody can approve what was not shown to them whole. */
function canBeShown(shown: unknown): boolean {
  return typeof shown === "object" && JSON.stringify(shown).length <= maxShownLength;
}

function denial(record: ApprovalRecord, approval: HeldApproval): Outcome {
  const decision = record.decisions.find(({ approve }) => !approve);
  return {
    kind: "approval-denied",
    approval,
    by: decision?.operator ?? "",
    reason: decision?.reason ?? "",
  };
}

function noteApproval({ trail }: Way, record: ApprovalRecord): void {
  trail.approval = {
    id: record.id,
    state: record.state,
    approvers: record.decisions.filter(({ approve }) => approve).map(({ operator }) => operator),
  };
}

function heldApproval({ id, expiresAt, approverGroups }: ApprovalRecord): HeldApproval {
  return { id, expiresAt, approverGroups };
}

function ended(outcome: Outcome): Release {
  return { kind: "ended", outcome };
}
