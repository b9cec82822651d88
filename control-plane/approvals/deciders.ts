import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { AgentStore } from "../agents/agent-store.ts";
import type { DeliveryStore } from "../notify/delivery-store.ts";
import type { PolicyInUse } from "../policy/policy-in-use.ts";

/** Who may decide an approval at this moment: what it was opened with, and what the policy in use adds. */
export interface Deciders {
  /** Empty: every approver. */
  readonly groups: readonly string[];
  /** Who may from `escalatesAt` on; then they are in `groups`, too. */
  readonly escalationGroups: readonly string[];
  /** Milliseconds since 1970. */
  readonly escalatesAt?: number;
  readonly breakGlassGroups: readonly string[];
  /** Distinct operators whose denials end it. */
  readonly denials: number;
  /** The operator whose agent it is. */
  readonly owner?: string;
}

export interface DecidersOptions {
  readonly policies: PolicyInUse;
  readonly agents: AgentStore;
  /** For Redis's clock. */
  readonly deliveries: DeliveryStore;
}

/** Where the policy in use does not know the entry any more, only those may decide whom the record names. */
export async function findDeciders(
  approval: ApprovalRecord,
  { policies, agents, deliveries }: DecidersOptions,
): Promise<Deciders> {
  const entry = policies.current?.policy.approvals.get(approval.approval);
  const [agent, now] = await Promise.all([agents.get(approval.agent), deliveries.now()]);
  const escalatesAt = entry?.escalation && approval.createdAt + entry.escalation.afterMs;
  const escalationGroups = entry?.escalation?.approverGroups ?? [];
  const isEscalated = escalatesAt !== undefined && now >= escalatesAt;
  const { approverGroups } = approval;
  // Where every approver may decide, adding a group would keep the others out.
  const added = isEscalated && approverGroups.length > 0 ? escalationGroups : [];
  return {
    groups: [...new Set([...approverGroups, ...added])],
    escalationGroups,
    ...(escalatesAt !== undefined && { escalatesAt }),
    breakGlassGroups: entry?.breakGlassGroups ?? [],
    denials: entry?.denials ?? 1,
    ...(agent?.owner !== undefined && { owner: agent.owner }),
  };
}
