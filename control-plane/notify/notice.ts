import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { escapeControls } from "../../core/text/escape-controls.ts";
import type { NoticeKind } from "./delivery.ts";

/** What people are told, whatever the way. All of it is bounded and free of control characters. */
export interface Notice {
  /** The same at every try: receivers know a repetition by it. */
  readonly id: string;
  readonly kind: NoticeKind;
  /** The entry of the policy's `approvals`. */
  readonly entry: string;
  /** How many approvals it tells of. */
  readonly count: number;
  /** The first of them. */
  readonly approvals: readonly NoticeApproval[];
}

export interface NoticeApproval {
  readonly id: string;
  readonly agent: string;
  readonly route: string;
  /** "upstream/tool". */
  readonly tool: string;
  readonly operations: readonly string[];
  readonly rule: string;
  readonly reason: string;
  /** What the scanner found in the arguments. */
  readonly findings: readonly string[];
  /** JSON, redacted, its end cut off where `isCut`. */
  readonly arguments: string;
  readonly isCut: boolean;
  readonly digest: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly approverGroups: readonly string[];
  readonly quorum: number;
  readonly approvedBy: readonly string[];
  /** Who approved alone, and why. */
  readonly breakGlass?: { readonly by: string; readonly reason: string };
  /** What to type: to decide, or where it was decided alone, to review. */
  readonly approve?: string;
  readonly deny?: string;
  readonly review?: string;
  readonly link?: string;
}

/** Of a storm the first are described; the rest is counted. */
const maxDescribed = 5;
const maxArgumentsLength = 1_000;
const maxTextLength = 300;
const maxFindings = 5;
/** As much of a digest as people and lines bear: 64 bits. */
const shownDigestLength = 16;

export function createNotice(
  head: { readonly id: string; readonly kind: NoticeKind; readonly link?: string },
  records: readonly ApprovalRecord[],
): Notice {
  return {
    id: head.id,
    kind: head.kind,
    entry: records[0]?.approval ?? "",
    count: records.length,
    approvals: records.slice(0, maxDescribed).map((record) => describe(record, head.link)),
  };
}

/** One line that says what it is about. */
export function titleOf({ kind, count, entry, approvals }: Notice): string {
  const [first] = approvals;
  const what =
    count === 1 && first
      ? `${first.agent} asks to call ${first.tool}`
      : `${count} calls wait for approval (${entry})`;
  switch (kind) {
    case "requested":
      return what;
    case "reminder":
      return `Still undecided: ${what}`;
    case "escalation":
      return `Escalated, nobody has decided: ${what}`;
    case "break-glass":
      return `Break-glass by ${first?.breakGlass?.by}: ${first?.agent} may call ${first?.tool}`;
  }
}

/** Labels and values, for people. */
export function linesOf(approval: NoticeApproval): [label: string, value: string][] {
  const groups = approval.approverGroups.join(" or ");
  const lines: [string, string][] = [
    ["Approval", approval.id],
    ["Agent", approval.agent],
    ["Tool", approval.tool],
    ["Rule", approval.rule],
    ["Why", approval.reason],
    ["Scanner", approval.findings.join("; ")],
    ["Arguments", approval.arguments + (approval.isCut ? " … (cut)" : "")],
    ["Needs", `${approval.quorum} of ${groups || "any approvers"}`],
    ["Approved by", approval.approvedBy.join(", ")],
    ["Break-glass", approval.breakGlass?.reason ?? ""],
    ["Expires", approval.expiresAt],
    ["Digest", approval.digest],
  ];
  return lines.filter(([, value]) => value !== "");
}

/** The lines to type. */
export function commandsOf({ approve, deny, review }: NoticeApproval): string[] {
  return [approve, deny, review].filter((line) => line !== undefined);
}

/** Says how many are not described. Empty when all are. */
export function restOf({ count, approvals }: Notice): string {
  const rest = count - approvals.length;
  return rest > 0 ? `and ${rest} more: mcpctl approvals list` : "";
}

function describe(record: ApprovalRecord, link: string | undefined): NoticeApproval {
  const { id, digest } = record;
  return {
    id,
    agent: bounded(record.agent),
    route: bounded(record.route),
    tool: bounded(`${record.upstream}/${record.tool}`),
    operations: record.operations.slice(0, 20).map((it) => bounded(it)),
    rule: bounded(record.rule),
    reason: bounded(record.reason),
    findings: (record.findings ?? []).slice(0, maxFindings).map((it) => bounded(it)),
    arguments: bounded(record.arguments, maxArgumentsLength),
    isCut: escapeControls(record.arguments).length > maxArgumentsLength,
    digest,
    createdAt: new Date(record.createdAt).toISOString(),
    expiresAt: new Date(record.expiresAt).toISOString(),
    approverGroups: record.approverGroups.slice(0, 20).map((it) => bounded(it)),
    quorum: record.quorum,
    approvedBy: record.decisions.filter(({ approve }) => approve).map((it) => bounded(it.operator)),
    ...describeWhatToDo(record),
    ...(link && { link: link.replaceAll("{id}", id) }),
  };
}

function describeWhatToDo({
  id,
  digest,
  decisions,
  breakGlass,
}: ApprovalRecord): Pick<NoticeApproval, "breakGlass" | "approve" | "deny" | "review"> {
  if (breakGlass !== undefined) {
    const reason = decisions.find((it) => it.breakGlass)?.reason ?? "";
    return {
      breakGlass: { by: bounded(breakGlass), reason: bounded(reason) },
      review: `mcpctl approvals review ${id} --reason "..."`,
    };
  }
  return {
    approve: `mcpctl approve ${id} --digest ${digest.slice(0, shownDigestLength)}`,
    deny: `mcpctl deny ${id} --reason "..."`,
  };
}

function bounded(text: string, length = maxTextLength): string {
  // Cut before it is escaped too: what is escaped can be as large as what an agent may send.
  return escapeControls(text.slice(0, length)).slice(0, length);
}
