import { ApprovalService, ApprovalState } from "../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Connection } from "./connection.ts";
import { findTarget } from "./target.ts";

/** Commands that are followed by ids of held calls. */
const takesApprovals = /^(approve|deny|approvals (show|wait|revoke|review))( |$)/;

/** Whether what was typed so far goes on with an approval. */
export function expectsApproval(words: readonly string[], current: string): boolean {
  return !current.startsWith("-") && takesApprovals.test(words.slice(1).join(" "));
}

/** The ids of the calls that are held. None where the control plane does not answer at once. */
export async function completeApprovals(): Promise<string[]> {
  try {
    const connection = new Connection(await findTarget({ output: "table" }), 1_000);
    try {
      const { approvals } = await connection.call(ApprovalService.method.listApprovals, {
        state: ApprovalState.PENDING,
      });
      return approvals.map(({ id }) => id);
    } finally {
      connection.close();
    }
  } catch {
    return [];
  }
}
