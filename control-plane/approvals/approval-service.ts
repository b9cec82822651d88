import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import type { DecideResult } from "../../core/approvals/decision.ts";
import type { AuditEntry } from "../../core/audit/record.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Handlers } from "../../core/grpc/service.ts";
import {
  type ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import type { ApprovalExpirer } from "./approval-expirer.ts";
import { parseState, toApprovalMessage } from "./approval-message.ts";
import { assertMayDecide } from "./may-decide.ts";

export interface ApprovalServiceOptions {
  readonly approvals: ApprovalStore;
  readonly expirer: ApprovalExpirer;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
}

/** Serves held calls to those who decide them. */
export function createApprovalService(
  options: ApprovalServiceOptions,
): Handlers<typeof ApprovalService> {
  const { approvals, operators, acts } = options;
  return {
    async listApprovals(request) {
      const limit = Math.min(request.pageSize || 100, 1_000);
      if (request.state === ApprovalState.UNSPECIFIED) {
        return { approvals: (await approvals.list({ limit })).map(toApprovalMessage) };
      }
      const state = parseState(request.state);
      if (!state) throw new RpcError("invalid-argument", `unknown state ${request.state}`);
      return { approvals: (await approvals.list({ state, limit })).map(toApprovalMessage) };
    },

    async getApproval({ id }) {
      return { approval: toApprovalMessage(await findOne(approvals, id)) };
    },

    async decideApproval({ id, approve, reason, digest }, context) {
      const operator = operators.operatorOf(context);
      const approval = await approvals.get(id);
      if (!approval) throw notFound(id);
      assertMayDecide(operator, approval, { approve, reason });

      const entry = entryOf(approval, { decision: approve ? "approve" : "deny", reason });
      const act = { event: "approval.decided", operator: operator.name, context, entry };
      const decision = { operator: operator.name, approve, reason, digest };
      const decided = await acts.perform(act, async () => {
        const result = await approvals.decide(id, decision);
        if (result.kind === "expired") await options.expirer.expire(id);
        if (result.kind !== "recorded") throw refusalOf(id, result);
        const after = { approval: auditApprovalOf(result.approval) };
        return { value: result.approval, entry: after };
      });
      return { approval: toApprovalMessage(decided) };
    },

    async revokeApproval({ id, reason }, context) {
      const operator = operators.operatorOf(context);
      const approval = await approvals.get(id);
      if (!approval) throw notFound(id);
      assertMayDecide(operator, approval, { approve: false, reason });

      const entry = entryOf(approval, { decision: "revoke", reason });
      const act = { event: "approval.revoked", operator: operator.name, context, entry };
      const revoked = await acts.perform(act, async () => {
        const isDone = await approvals.revoke(id, { by: operator.name, reason });
        const after = (await approvals.get(id)) ?? approval;
        if (!isDone) throw notRevocable(after);
        return { value: after, entry: { approval: auditApprovalOf(after) } };
      });
      return { approval: toApprovalMessage(revoked) };
    },
  };
}

function notRevocable({ id, state }: ApprovalRecord): RpcError {
  return new RpcError(
    "failed-precondition",
    `approval ${id} is ${state}: only one that is approved and has not begun can be revoked`,
  );
}

async function findOne(approvals: ApprovalStore, id: string): Promise<ApprovalRecord> {
  const [found, ...others] = await approvals.find(id);
  if (!found) throw notFound(id);
  if (others.length === 0) return found;
  const ids = [found, ...others].map((it) => it.id).join(", ");
  throw new RpcError(
    "failed-precondition",
    `${id} is the beginning of several approvals: ${ids}; write more of it`,
  );
}

function notFound(id: string): RpcError {
  return new RpcError(
    "not-found",
    `there is no approval ${id.slice(0, 40)}; it may have ended more than a week ago`,
  );
}

function refusalOf(id: string, result: Exclude<DecideResult, { kind: "recorded" }>): RpcError {
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

function entryOf(
  approval: ApprovalRecord,
  { decision, reason }: { readonly decision: string; readonly reason: string },
): Partial<AuditEntry> {
  const { agent, groups, route, upstream, tool, operations } = approval;
  return {
    agent,
    groups,
    route,
    upstream,
    tool,
    operations,
    approval: auditApprovalOf(approval),
    details: {
      decision,
      reason,
      digest: approval.digest,
      policyVersion: String(approval.policyVersion),
    },
  };
}

function auditApprovalOf({ id, state, decisions }: ApprovalRecord) {
  const approvers = decisions.filter(({ approve }) => approve).map(({ operator }) => operator);
  return { id, state, approvers };
}
