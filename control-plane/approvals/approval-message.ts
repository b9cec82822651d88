import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  ApprovalRecord,
  ApprovalState as StateName,
} from "../../core/approvals/approval-record.ts";
import {
  type ApprovalRecordSchema,
  ApprovalState,
  type GetApprovalResponseSchema,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import type { Delivery } from "../notify/delivery.ts";
import type { AgentHistory } from "./agent-history.ts";
import type { Deciders } from "./deciders.ts";

const states: Readonly<Record<StateName, ApprovalState>> = {
  pending: ApprovalState.PENDING,
  approved: ApprovalState.APPROVED,
  denied: ApprovalState.DENIED,
  expired: ApprovalState.EXPIRED,
  cancelled: ApprovalState.CANCELLED,
  executing: ApprovalState.EXECUTING,
  succeeded: ApprovalState.SUCCEEDED,
  failed: ApprovalState.FAILED,
  indeterminate: ApprovalState.INDETERMINATE,
  superseded: ApprovalState.SUPERSEDED,
  lapsed: ApprovalState.LAPSED,
  revoked: ApprovalState.REVOKED,
};

/** Undefined for a state that this release does not know. */
export function parseState(state: ApprovalState): StateName | undefined {
  return (Object.keys(states) as StateName[]).find((name) => states[name] === state);
}

/** The record as the wire carries it. */
export function toApprovalMessage(
  approval: ApprovalRecord,
): MessageInitShape<typeof ApprovalRecordSchema> {
  const { createdAt, expiresAt, executeBy, endedAt, breakGlass, review } = approval;
  const { policyVersion, confirmedVersion, settledAs, claimedBy, endReason } = approval;
  const { id, digest, agent, route, upstream, tool, definitionHash, rule, reason } = approval;
  const { approval: name, quorum, requireReason, waits } = approval;
  return {
    ...{ id, digest, agent, route, upstream, tool, definitionHash, rule, reason },
    ...{ approval: name, quorum, requireReason, waits },
    arguments: approval.arguments,
    toolDescription: approval.toolDescription ?? "",
    findings: [...(approval.findings ?? [])],
    state: states[approval.state],
    groups: [...approval.groups],
    operations: [...approval.operations],
    approverGroups: [...approval.approverGroups],
    policyVersion: BigInt(policyVersion),
    confirmedVersion: BigInt(confirmedVersion ?? 0),
    createdAt: timestampFromMs(createdAt),
    expiresAt: timestampFromMs(expiresAt),
    ...(executeBy !== undefined && { executeBy: timestampFromMs(executeBy) }),
    ...(endedAt !== undefined && { endedAt: timestampFromMs(endedAt) }),
    ...(endReason !== undefined && { endReason }),
    ...(claimedBy !== undefined && { claimedBy }),
    ...(breakGlass !== undefined && { breakGlass }),
    ...(review && {
      review: {
        operator: review.operator,
        reason: review.reason,
        reviewedAt: timestampFromMs(review.reviewedAt),
      },
    }),
    ...(settledAs !== undefined && { settledAs: states[settledAs] }),
    decisions: approval.decisions.map(({ decidedAt, ...decision }) => ({
      ...decision,
      decidedAt: timestampFromMs(decidedAt),
    })),
    edges: approval.edges.map(({ state, at, by }) => ({
      state: states[state],
      at: timestampFromMs(at),
      by,
    })),
  };
}

/** What an operator sees beside the record. */
export function toDetails(details: {
  readonly deciders: Deciders;
  readonly history: AgentHistory;
  readonly deliveries: readonly Delivery[];
}): Omit<MessageInitShape<typeof GetApprovalResponseSchema>, "$typeName" | "approval"> {
  const { groups, escalationGroups, escalatesAt, breakGlassGroups, denials, owner } =
    details.deciders;
  const { records, outcomes, otherCalls, last } = details.history;
  return {
    deciders: {
      groups: [...groups],
      escalationGroups: [...escalationGroups],
      ...(escalatesAt !== undefined && { escalatesAt: timestampFromMs(escalatesAt) }),
      breakGlassGroups: [...breakGlassGroups],
      denials,
      owner: owner ?? "",
    },
    history: {
      records,
      outcomes: { ...outcomes },
      otherCalls,
      ...(last && {
        lastApproved: last.id,
        lastArguments: last.arguments,
        lastAt: timestampFromMs(last.endedAt ?? last.createdAt),
      }),
    },
    deliveries: details.deliveries.map(({ at, ...delivery }) => ({
      ...delivery,
      at: timestampFromMs(at),
    })),
  };
}
