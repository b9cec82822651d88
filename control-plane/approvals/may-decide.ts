import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Operator } from "../operators/operator-store.ts";
import type { Deciders } from "./deciders.ts";

/** An operator's answer to an approval. */
export interface Answer {
  readonly approve: boolean;
  readonly reason: string;
  /** Approve alone, whatever the quorum and the approvers. */
  readonly breakGlass: boolean;
}

const maxReasonLength = 2_000;

/** Throws unless this operator may decide, in this way. The role was checked before: the gate does. */
export function assertMayDecide(
  operator: Operator,
  approval: ApprovalRecord,
  deciders: Deciders,
  answer: Answer,
): void {
  assertIsNotRequester(operator, approval, deciders);
  if (answer.breakGlass) assertMayBreakGlass(operator, approval, { deciders, answer });
  else assertIsApprover(operator, approval, deciders);
  assertReason(approval, answer);
}

/** Throws unless this operator may look at, or take back, what others have approved. */
export function assertMayOversee(
  operator: Operator,
  approval: ApprovalRecord,
  { deciders, reason, what }: { deciders: Deciders; reason: string; what: string },
): void {
  assertIsNotRequester(operator, approval, deciders);
  assertIsApprover(operator, approval, deciders);
  assertLength(reason);
  if (reason.trim() === "") throw new RpcError("invalid-argument", `${what} needs a reason`);
}

/** Whoever asked must not answer: neither the agent under an operator's name, nor the human whose agent it is. */
function assertIsNotRequester(
  { name }: Operator,
  { id, agent }: ApprovalRecord,
  { owner }: Deciders,
): void {
  // Compared without case: people do not tell Bot from bot.
  const isSame = (other: string | undefined) => other?.toLowerCase() === name.toLowerCase();
  if (isSame(agent)) {
    throw new RpcError(
      "permission-denied",
      `${name} may not decide ${id}: the agent that asks has the same name`,
    );
  }
  if (isSame(owner)) {
    throw new RpcError(
      "permission-denied",
      `${name} may not decide ${id}: ${agent} is ${name}'s own agent`,
    );
  }
}

/** Admins too: what the policy says is never overridden silently. */
function assertIsApprover(operator: Operator, { id }: ApprovalRecord, { groups }: Deciders): void {
  if (groups.length === 0 || isInOneOf(operator, groups)) return;
  throw new RpcError(
    "permission-denied",
    `${operator.name} may not decide ${id}: the policy asks for an operator of ${groups.join(" or ")}`,
  );
}

function assertMayBreakGlass(
  operator: Operator,
  { id, approval }: ApprovalRecord,
  { deciders, answer }: { readonly deciders: Deciders; readonly answer: Answer },
): void {
  const { breakGlassGroups: groups } = deciders;
  if (!answer.approve) {
    throw new RpcError("invalid-argument", "breaking the glass only approves; deny without it");
  }
  if (!isInOneOf(operator, groups)) {
    const whom = groups.length === 0 ? "nobody do so" : `operators of ${groups.join(" or ")} do so`;
    throw new RpcError(
      "permission-denied",
      `${operator.name} may not break the glass for ${id}: the policy's ${approval} lets ${whom}`,
    );
  }
  if (answer.reason.trim() === "") {
    throw new RpcError("invalid-argument", "breaking the glass needs a reason");
  }
}

function isInOneOf(operator: Operator, groups: readonly string[]): boolean {
  return groups.some((group) => operator.groups.includes(group));
}

function assertReason(approval: ApprovalRecord, { approve, reason }: Answer): void {
  assertLength(reason);
  if (reason.trim() !== "") return;
  if (!approve) throw new RpcError("invalid-argument", "denying needs a reason");
  if (approval.requireReason) {
    throw new RpcError(
      "invalid-argument",
      `approving ${approval.id} needs a reason: the policy's ${approval.approval} says so`,
    );
  }
}

function assertLength(reason: string): void {
  if (reason.length <= maxReasonLength) return;
  throw new RpcError(
    "invalid-argument",
    `the reason has ${reason.length} characters, more than ${maxReasonLength}`,
  );
}
