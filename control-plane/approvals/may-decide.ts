import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Operator } from "../operators/operator-store.ts";

/** An operator's answer to an approval. */
export interface Answer {
  readonly approve: boolean;
  readonly reason: string;
}

const maxReasonLength = 2_000;

/** Throws unless this operator may decide, in this way. The role was checked before: the gate does. */
export function assertMayDecide(
  operator: Operator,
  approval: ApprovalRecord,
  answer: Answer,
): void {
  // Whoever asked must not answer. Compared without case: people do not tell Bot from bot.
  if (operator.name.toLowerCase() === approval.agent.toLowerCase()) {
    throw new RpcError(
      "permission-denied",
      `${operator.name} may not decide ${approval.id}: the agent that asks has the same name`,
    );
  }
  // Admins too: what the policy says is never overridden silently.
  const { approverGroups } = approval;
  if (approverGroups.length > 0 && !approverGroups.some((it) => operator.groups.includes(it))) {
    throw new RpcError(
      "permission-denied",
      `${operator.name} may not decide ${approval.id}: the policy asks for an operator of ${approverGroups.join(" or ")}`,
    );
  }
  assertReason(approval, answer);
}

function assertReason(approval: ApprovalRecord, { approve, reason }: Answer): void {
  if (reason.length > maxReasonLength) {
    throw new RpcError(
      "invalid-argument",
      `the reason has ${reason.length} characters, more than ${maxReasonLength}`,
    );
  }
  if (reason.trim() !== "") return;
  if (!approve) throw new RpcError("invalid-argument", "denying needs a reason");
  if (approval.requireReason) {
    throw new RpcError(
      "invalid-argument",
      `approving ${approval.id} needs a reason: the policy's ${approval.approval} says so`,
    );
  }
}
