import type { NewApproval } from "../../core/approvals/approval-record.ts";
import type { Decision } from "../../core/policy/decide.ts";
import type { ToolCall } from "../call/agent-request.ts";
import { describeFinding, type Finding } from "../call/finding.ts";
import { tellsOfUnseen } from "../call/unseen.ts";
import { digestOf, identityOf } from "./approval-digest.ts";

/** What one decision of the policy asks of people. */
export type ApproveDecision = Extract<Decision, { effect: "approve" }>;

/** What the people who decide are to see of a call. */
export interface SeenCall {
  /** Redacted. */
  readonly shownArguments: unknown;
  readonly definitionHash: string;
  /** What the upstream says of the tool. Empty: nothing. */
  readonly description: string;
  readonly findings: readonly Finding[];
}

const maxDescriptionLength = 1_000;
const maxFindings = 20;

/** What is asked of people about exactly the call that would be sent. */
export function newApprovalOf(
  call: ToolCall,
  decision: ApproveDecision,
  seen: SeenCall,
): NewApproval {
  const { approval } = decision;
  const { definitionHash, description, findings } = seen;
  return {
    digest: digestOf(call, { definitionHash, approval }),
    identity: identityOf(call),
    agent: call.principal.agent,
    groups: call.principal.groups,
    route: call.route.path,
    upstream: call.upstream.name,
    tool: call.tool,
    definitionHash,
    ...(description !== "" && { toolDescription: description.slice(0, maxDescriptionLength) }),
    ...(findings.length > 0 && { findings: describeAll(findings) }),
    arguments: JSON.stringify(seen.shownArguments),
    operations: decision.operations,
    rule: decision.rule ?? "",
    reason: decision.reason,
    approval: approval.name,
    approverGroups: approval.approverGroups,
    quorum: approval.quorum,
    requireReason: approval.requireReason,
    policyVersion: call.config.version,
    expiresAfterMs: approval.expiresAfterMs,
    executeWithinMs: approval.executeWithinMs,
    keepOutcomeMs: approval.keepOutcomeMs,
    maxPending: approval.maxPendingPerAgent,
  };
}

/** That something was not looked at comes first: what is shown beside it looks as if it was. */
function describeAll(findings: readonly Finding[]): readonly string[] {
  const isUnseen = (finding: Finding) => Number(tellsOfUnseen(finding));
  const ordered = findings.toSorted((one, other) => isUnseen(other) - isUnseen(one));
  return ordered.slice(0, maxFindings).map((finding) => {
    const words = describeFinding(finding);
    return isUnseen(finding) ? `NOT LOOKED THROUGH, it may hold anything: ${words}` : words;
  });
}
