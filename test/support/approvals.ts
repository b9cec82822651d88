import type { ApprovalRecord, NewApproval } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore, Fence } from "../../core/approvals/approval-store.ts";

/** The process that executes in tests that do not care which. */
export const fence: Fence = { proxyId: "proxy-1", bootId: "boot-1" };

/** A held call that asks for an approval. */
export function newApproval(changes: Partial<NewApproval> = {}): NewApproval {
  return {
    digest: "d1",
    identity: `call of ${changes.digest ?? "d1"}`,
    agent: "ci-bot",
    groups: [],
    route: "/mcp",
    upstream: "files",
    tool: "delete",
    definitionHash: "",
    arguments: "{}",
    operations: [],
    rule: "ask-first",
    reason: "",
    approval: "default",
    approverGroups: [],
    quorum: 1,
    requireReason: false,
    policyVersion: 1,
    expiresAfterMs: 60_000,
    executeWithinMs: 60_000,
    keepOutcomeMs: 60_000,
    maxPending: 1_000,
    ...changes,
  };
}

/** Opens an approval, or attaches to the open one of an identical call. */
export async function openApproval(
  store: ApprovalStore,
  changes: Partial<NewApproval> = {},
): Promise<ApprovalRecord> {
  const result = await store.open(newApproval(changes));
  if (result.kind === "too-many") throw new Error(`too many approvals of ${result.scope}`);
  return result.approval;
}
