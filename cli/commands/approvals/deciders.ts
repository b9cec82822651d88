import { escapeControls } from "../../../core/text/escape-controls.ts";
import {
  type ApprovalRecord,
  ApprovalState,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import {
  type OperatorRecord,
  OperatorService,
  Role,
} from "../../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import type { Connection } from "../../connection.ts";
import { note } from "../../output.ts";

/** Says so when fewer operators may decide a held call than are needed: it would wait for nothing. */
export async function noteTooFewDeciders(
  connection: Connection,
  approvals: readonly ApprovalRecord[],
): Promise<void> {
  const pending = approvals.filter(({ state }) => state === ApprovalState.PENDING);
  if (pending.length === 0) return;
  // What is asked for does not fail because this cannot be told.
  const operators = await connection.call(OperatorService.method.listOperators, {}).then(
    (response) => response.operators,
    () => undefined,
  );
  if (!operators) return;
  for (const approval of pending) {
    const words = describeLack(approval, operators);
    if (words !== "") note(`note: ${escapeControls(`${approval.id} ${words}`)}`);
  }
}

function describeLack(approval: ApprovalRecord, operators: readonly OperatorRecord[]): string {
  const { approverGroups: groups, quorum, decisions } = approval;
  const needed = Math.max(1, quorum) - decisions.filter(({ approve }) => approve).length;
  const able = operators.filter((operator) => mayDecide(operator, approval)).length;
  if (able >= needed) return "";
  const whom = groups.length > 0 ? ` in group ${groups.join(" or ")}` : "";
  const option = groups[0] === undefined ? "" : ` --group ${groups[0]}`;
  const lack =
    able === 0
      ? `can be decided by nobody: there is no other approver or admin${whom}`
      : `needs ${needed} more approvals, and only ${able} of the operators may give one`;
  return `${lack}. \`mcpctl operator create NAME --role approver${option}\` makes one.`;
}

/** As the control plane decides it. */
function mayDecide({ name, role, groups }: OperatorRecord, approval: ApprovalRecord): boolean {
  const { agent, approverGroups, decisions } = approval;
  return (
    (role === Role.APPROVER || role === Role.ADMIN) &&
    name.toLowerCase() !== agent.toLowerCase() &&
    !decisions.some(({ operator }) => operator === name) &&
    (approverGroups.length === 0 || approverGroups.some((group) => groups.includes(group)))
  );
}
