import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { consult } from "../../core/policy/decide.ts";
import type { ApproveDecision } from "../approvals/approval-gate.ts";
import { factsOf, type ToolCall } from "../call/agent-request.ts";
import type { HeldApproval, Outcome } from "../call/outcome.ts";
import type { Way } from "./gateway.ts";
import { reportProgress } from "./report-progress.ts";

type Release =
  | { readonly kind: "released"; readonly approvalId: string }
  | { readonly kind: "ended"; readonly outcome: Outcome };

/**
 * Holds a call until people decide. Its truth is the durable record, not the open connection:
 * when this wait ends undecided, the identical call attaches to the same record, on any proxy.
 */
export async function holdCall(
  call: ToolCall,
  decision: ApproveDecision,
  way: Way,
): Promise<Release> {
  const { gateway, reply } = way;
  let record: ApprovalRecord;
  try {
    const shown = gateway.inspector.redactForRecord(call.arguments);
    record = await gateway.approvals.open(call, decision, shown);
  } catch (error) {
    gateway.log.error({ err: error, callId: call.callId }, "no approval could be opened");
    return ended({ kind: "unavailable", reason: "approvals cannot be recorded now" });
  }
  noteApproval(way, record);
  gateway.log.info({ callId: call.callId, approval: record.id, tool: call.tool }, "held a call");
  reply.openStream();
  const stopProgress = reportProgress(call, reply, `waiting for approval ${record.id}`);
  try {
    const { holdForMs } = decision.approval;
    const decided = (await gateway.approvals.wait(record.id, holdForMs, call.signal)) ?? record;
    noteApproval(way, decided);
    return await release(call, decided, way);
  } finally {
    stopProgress();
  }
}

async function release(call: ToolCall, record: ApprovalRecord, way: Way): Promise<Release> {
  const { gateway } = way;
  const approval = heldApproval(record);
  if (call.signal.aborted) {
    if (record.state === "pending") await gateway.approvals.cancel(record.id);
    return ended({ kind: "cancelled" });
  }
  if (record.state === "pending") return ended({ kind: "pending", approval });
  if (record.state === "denied") return ended(denial(record, approval));
  if (record.state === "cancelled") return ended({ kind: "cancelled" });
  if (record.state !== "approved") return ended({ kind: "approval-expired", approval });

  // The policy may have changed while people thought: what it denies now is not made good by an old approval.
  const policy = gateway.currentConfig()?.policy ?? call.config.policy;
  const { decision } = consult(policy, factsOf(call, call.subject, call.arguments));
  if (decision.effect === "deny") {
    return ended({ kind: "denied", rule: decision.rule, reason: decision.reason });
  }
  const claimed = await gateway.approvals.claim(record.id);
  if (!claimed) return ended({ kind: "approval-expired", approval });
  noteApproval(way, { ...record, state: "executing" });
  return { kind: "released", approvalId: record.id };
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
