import { escapeControls } from "../../../core/text/escape-controls.ts";
import type {
  AgentHistory,
  ApprovalDeciders,
  GetApprovalResponse,
  NoticeDelivery,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { formatDetails } from "../../output.ts";
import { formatDistance, formatTime } from "../../times.ts";
import { type Difference, findDifferences } from "./differences.ts";

const maxValueLength = 120;

/** What stands around an approval: who may decide, what the agent did before, and whether people were told. */
export function describeDetails(response: GetApprovalResponse): string {
  const { approval, deciders, history, deliveries } = response;
  const parts = [
    deciders ? describeDeciders(deciders) : "",
    history ? describeHistory(history, approval?.arguments ?? "") : "",
    describeDeliveries(deliveries),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function describeDeciders(deciders: ApprovalDeciders): string {
  const { groups, escalationGroups, escalatesAt, breakGlassGroups, denials, owner } = deciders;
  const escalation =
    escalationGroups.length > 0 ? ` (${escalationGroups.join(" or ")} may decide then, too)` : "";
  return formatDetails({
    "may decide": groups.join(" or ") || "any approver",
    escalates: escalatesAt ? `${formatDistance(escalatesAt)}${escalation}` : "",
    "break-glass": breakGlassGroups.join(" or "),
    denials: denials > 1 ? `${denials} end it` : "",
    "never decides": owner && `${owner}, whose agent it is`,
  });
}

function describeHistory(history: AgentHistory, now: string): string {
  const { records, outcomes, otherCalls, lastApproved, lastArguments, lastAt } = history;
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const head = formatDetails({
    before: `${counts.join(", ") || "no calls"} of this tool, ${otherCalls} of others (in the newest ${records} records)`,
    "last approved": lastApproved && `${lastApproved}, ${formatDistance(lastAt)}`,
  });
  return lastApproved === "" ? head : `${head}\n${describeChange(lastArguments, now)}`;
}

/** What this call has that the last approved one had not, and the other way round. */
function describeChange(before: string, after: string): string {
  const differences = findDifferences(before, after);
  if (!differences) return "  the arguments cannot be compared";
  if (differences.length === 0) return "  the arguments are the same";
  return differences.flatMap(describeDifference).join("\n");
}

function describeDifference({ pointer, before, after }: Difference): string[] {
  const line = (sign: string, value: unknown) =>
    value === undefined ? [] : [escapeControls(`  ${sign} ${pointer || "/"} ${short(value)}`)];
  return [...line("-", before), ...line("+", after)];
}

function short(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text;
}

function describeDeliveries(deliveries: readonly NoticeDelivery[]): string {
  if (deliveries.length === 0) return "";
  const lines = deliveries.map(({ notifier, kind, state, at, attempts, detail }) => {
    const tries = attempts > 1 ? ` after ${attempts} tries` : "";
    const why = detail && `: ${detail}`;
    return escapeControls(`  ${kind} to ${notifier}: ${state}${tries} at ${formatTime(at)}${why}`);
  });
  return ["notices:", ...lines].join("\n");
}
