import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  ApprovalRecord,
  ApprovalState as StateName,
} from "../../core/approvals/approval-record.ts";
import {
  type ApprovalRecordSchema,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";

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
};

/** Undefined for a state that this release does not know. */
export function parseState(state: ApprovalState): StateName | undefined {
  return (Object.keys(states) as StateName[]).find((name) => states[name] === state);
}

/** The record as the wire carries it. */
export function toApprovalMessage(
  approval: ApprovalRecord,
): MessageInitShape<typeof ApprovalRecordSchema> {
  const { claimedBy, createdAt, expiresAt, policyVersion, ...rest } = approval;
  return {
    ...rest,
    state: states[approval.state],
    groups: [...approval.groups],
    operations: [...approval.operations],
    approverGroups: [...approval.approverGroups],
    policyVersion: BigInt(policyVersion),
    createdAt: timestampFromMs(createdAt),
    expiresAt: timestampFromMs(expiresAt),
    decisions: approval.decisions.map(({ decidedAt, ...decision }) => ({
      ...decision,
      decidedAt: timestampFromMs(decidedAt),
    })),
  };
}
