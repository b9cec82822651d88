import { escapeControls } from "../../../core/text/escape-controls.ts";
import {
  type ApprovalDecision,
  type ApprovalRecord,
  ApprovalStateSchema,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { wordOf } from "../../enum-words.ts";
import { parseExactly } from "../../exact-json.ts";
import { formatDetails, formatJson } from "../../output.ts";
import { formatDistance, formatTime } from "../../times.ts";

/** Everything that somebody who decides should see. */
export function describeApproval(approval: ApprovalRecord): string {
  const details = formatDetails({
    approval: approval.id,
    state: stateWord(approval),
    agent: approval.agent,
    groups: approval.groups.join(", "),
    route: approval.route,
    tool: subjectOf(approval),
    "the tool says": approval.toolDescription,
    operations: approval.operations.join(", "),
    rule: approval.rule,
    why: approval.reason,
    scanner: approval.findings.join("; "),
    "decided by": decidersOf(approval),
    held: `${formatTime(approval.createdAt)} (${formatDistance(approval.createdAt)})`,
    expires: `${formatTime(approval.expiresAt)} (${formatDistance(approval.expiresAt)})`,
    policy: `version ${approval.policyVersion}`,
    digest: approval.digest,
    ended: approval.endReason,
    review: describeReview(approval),
  });
  const decisions = approval.decisions.map(describeDecision).join("\n");
  return [details, `arguments:\n${indent(formatArguments(approval.arguments))}`, decisions]
    .filter((part) => part !== "")
    .join("\n");
}

/** What is called: `upstream/tool`. */
export function subjectOf({ upstream, tool }: ApprovalRecord): string {
  return `${upstream}/${tool}`;
}

export function stateWord({ state }: ApprovalRecord): string {
  return wordOf(ApprovalStateSchema, state) ?? `unknown (${state})`;
}

/** How many of the wanted approvals are there: `1 of 2`. */
export function quorumOf({ decisions, quorum }: ApprovalRecord): string {
  return `${decisions.filter(({ approve }) => approve).length} of ${Math.max(1, quorum)}`;
}

function decidersOf(approval: ApprovalRecord): string {
  const groups = approval.approverGroups.join(" or ");
  const who = groups === "" ? "any approver" : `approvers in group ${groups}`;
  return `${who} (${approval.approval}), ${quorumOf(approval)}`;
}

function describeReview({ breakGlass, review }: ApprovalRecord): string {
  if (breakGlass === "") return "";
  if (!review) return `wanted: ${breakGlass} approved this alone (mcpctl approvals review)`;
  return `by ${review.operator} at ${formatTime(review.reviewedAt)}: ${review.reason}`;
}

function describeDecision(decision: ApprovalDecision): string {
  const { approve, operator, reason, decidedAt, breakGlass } = decision;
  const why = reason && `: ${reason}`;
  const alone = breakGlass ? "approved alone (break-glass)" : "approved";
  const verb = approve ? alone : "denied";
  return escapeControls(`${verb} by ${operator} at ${formatTime(decidedAt)}${why}`);
}

/** Lays JSON out over lines. Numbers stay as they were written: none is rounded before an approver sees it. */
function formatArguments(text: string): string {
  try {
    return formatJson(parseExactly(text));
  } catch {
    return escapeControls(text);
  }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
