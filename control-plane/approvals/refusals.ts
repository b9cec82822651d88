import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { DecideResult, ReviewResult } from "../../core/approvals/decision.ts";
import { RpcError } from "../../core/grpc/errors.ts";

export function notRevocable({ id, state }: ApprovalRecord): RpcError {
  return new RpcError(
    "failed-precondition",
    `approval ${id} is ${state}: only one that is approved and has not begun can be revoked`,
  );
}

/** It counts already, and may be forgotten: the same again is no error. */
export function notReplicated(id: string, replicas: number): RpcError {
  return new RpcError(
    "unavailable",
    `what you decided about approval ${id} is recorded, but fewer than ${replicas} replicas of Redis have it: ` +
      "a failover now could forget it. Say the same again to be sure",
  );
}

export function notFound(id: string): RpcError {
  return new RpcError(
    "not-found",
    `there is no approval ${id.slice(0, 40)}; it may have ended more than a week ago`,
  );
}

export function refusalOf(
  id: string,
  result: Exclude<DecideResult, { kind: "recorded" }>,
): RpcError {
  if (result.kind === "not-found") return notFound(id);
  if (result.kind === "expired") {
    const at = new Date(result.approval.expiresAt).toISOString();
    return new RpcError("failed-precondition", `approval ${id} expired at ${at}`);
  }
  if (result.kind === "digest-differs") {
    return new RpcError(
      "failed-precondition",
      `approval ${id} does not have the digest that was shown to you: look at it again`,
    );
  }
  return new RpcError("failed-precondition", `approval ${id} ${endOf(result.approval)}`);
}

/** Who won, and when. */
function endOf(approval: ApprovalRecord): string {
  const last = approval.decisions.at(-1);
  if (approval.state === "cancelled" || approval.state === "superseded" || !last) {
    const why = approval.endReason === undefined ? "" : `: ${approval.endReason}`;
    return `was ${approval.state} before${why}`;
  }
  const what = last.approve ? "approved" : "denied";
  const at = new Date(last.decidedAt).toISOString();
  const state = approval.state === what ? "" : `, and its call is ${approval.state}`;
  return `was ${what} by ${last.operator} at ${at}${state}`;
}

/** Why there was nothing for this operator to review. */
export function notReviewable(id: string, result: Exclude<ReviewResult, "moved">): RpcError {
  if (result === "own") {
    return new RpcError(
      "permission-denied",
      `whoever broke the glass for ${id} cannot review it: ask somebody else`,
    );
  }
  const why =
    result === "already" ? "was reviewed before" : "was not approved by breaking the glass";
  return new RpcError("failed-precondition", `approval ${id} ${why}: there is nothing to review`);
}
