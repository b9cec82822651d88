import type { Redis } from "ioredis";
import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import type { AuditEntry } from "../../core/audit/record.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import { isReplicated } from "../../core/redis/replicated.ts";
import type { ApprovalService } from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import type { AgentStore } from "../agents/agent-store.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import type { DeliveryStore } from "../notify/delivery-store.ts";
import type { Planner } from "../notify/planner.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import type { PolicyInUse } from "../policy/policy-in-use.ts";
import { findHistory } from "./agent-history.ts";
import type { ApprovalExpirer } from "./approval-expirer.ts";
import { toApprovalMessage, toDetails } from "./approval-message.ts";
import { findDeciders } from "./deciders.ts";
import { listApprovals } from "./list-approvals.ts";
import { assertMayDecide, assertMayOversee } from "./may-decide.ts";
import { notFound, notReplicated, notReviewable, notRevocable, refusalOf } from "./refusals.ts";

export interface ApprovalServiceOptions {
  readonly approvals: ApprovalStore;
  readonly expirer: ApprovalExpirer;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
  readonly agents: AgentStore;
  readonly policies: PolicyInUse;
  readonly deliveries: DeliveryStore;
  readonly planner: Planner;
  /** The connection that approvals are changed on. */
  readonly redis: Redis;
  /** How many of its replicas must have heard of what an operator decides before that is acknowledged. */
  readonly replicas: number;
}

/** Serves held calls to those who decide them. */
export function createApprovalService(
  options: ApprovalServiceOptions,
): Handlers<typeof ApprovalService> {
  const { approvals, operators } = options;
  return {
    async listApprovals(request) {
      return { approvals: (await listApprovals(request, approvals)).map(toApprovalMessage) };
    },

    async getApproval({ id, details }) {
      const approval = await findOne(approvals, id);
      const message = { approval: toApprovalMessage(approval) };
      if (!details) return message;
      const [deciders, history, deliveries] = await Promise.all([
        findDeciders(approval, options),
        findHistory(approval, options),
        options.deliveries.of(approval.id),
      ]);
      return { ...message, ...toDetails({ deciders, history, deliveries }) };
    },

    async decideApproval({ id, approve, reason, digest, breakGlass }, context) {
      const operator = operators.operatorOf(context);
      const approval = await getOne(approvals, id);
      const deciders = await findDeciders(approval, options);
      assertMayDecide(operator, approval, deciders, { approve, reason, breakGlass });

      const decision = breakGlass ? "break-glass" : approve ? "approve" : "deny";
      const entry = entryOf(approval, { decision, reason });
      const event = breakGlass ? "approval.break-glass" : "approval.decided";
      const act = { event, operator: operator.name, context, entry };
      const decided = await options.acts.perform(act, async () => {
        const result = await approvals.decide(id, {
          ...{ operator: operator.name, approve, reason, digest, breakGlass },
          denialsNeeded: deciders.denials,
        });
        if (result.kind === "expired") await options.expirer.expire(id);
        if (result.kind !== "recorded") throw refusalOf(id, result);
        const after = { approval: auditApprovalOf(result.approval) };
        return { value: result.approval, entry: after };
      });
      // Others hear of it at once; were this process to die now, the next sweep would tell them.
      if (breakGlass) options.planner.see(id);
      await assertReplicated(id, options);
      return { approval: toApprovalMessage(decided) };
    },

    async revokeApproval({ id, reason }, context) {
      const { operator, approval } = await oversee(
        { id, reason, what: "revoking" },
        context,
        options,
      );
      const entry = entryOf(approval, { decision: "revoke", reason });
      const act = { event: "approval.revoked", operator, context, entry };
      const revoked = await options.acts.perform(act, async () => {
        const isDone = await approvals.revoke(id, { by: operator, reason });
        const after = (await approvals.get(id)) ?? approval;
        if (!isDone) throw notRevocable(after);
        return { value: after, entry: { approval: auditApprovalOf(after) } };
      });
      await assertReplicated(id, options);
      return { approval: toApprovalMessage(revoked) };
    },

    async reviewApproval({ id, reason }, context) {
      const { operator, approval } = await oversee(
        { id, reason, what: "a review" },
        context,
        options,
      );
      const entry = entryOf(approval, { decision: "review", reason });
      const act = { event: "approval.reviewed", operator, context, entry };
      const reviewed = await options.acts.perform(act, async () => {
        const result = await approvals.review(id, { by: operator, reason });
        if (result !== "moved") throw notReviewable(id, result);
        return { value: (await approvals.get(id)) ?? approval };
      });
      return { approval: toApprovalMessage(reviewed) };
    },
  };
}

/** Whoever looks at, or takes back, what others have approved. */
async function oversee(
  { id, reason, what }: { readonly id: string; readonly reason: string; readonly what: string },
  context: CallContext,
  options: ApprovalServiceOptions,
) {
  const operator = options.operators.operatorOf(context);
  const approval = await getOne(options.approvals, id);
  const deciders = await findDeciders(approval, options);
  assertMayOversee(operator, approval, { deciders, reason, what });
  return { operator: operator.name, approval };
}

/** What was acknowledged must not be forgotten by a failover. */
async function assertReplicated(
  id: string,
  { redis, replicas }: ApprovalServiceOptions,
): Promise<void> {
  if (!(await isReplicated(redis, replicas))) throw notReplicated(id, replicas);
}

async function getOne(approvals: ApprovalStore, id: string): Promise<ApprovalRecord> {
  const approval = await approvals.get(id);
  if (!approval) throw notFound(id);
  return approval;
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
      ...(decision === "break-glass" && { severity: "high" }),
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
