import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import { compileGlob } from "../../core/policy/glob.ts";
import {
  ApprovalState,
  type ListApprovalsRequest,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { parseState } from "./approval-message.ts";

const maxGlobLength = 300;

/** What an operator asked to see. */
export async function listApprovals(
  request: ListApprovalsRequest,
  approvals: ApprovalStore,
): Promise<ApprovalRecord[]> {
  const limit = Math.min(request.pageSize || 100, 1_000);
  const where = whereOf(request);
  if (request.needsReview) return (await approvals.toReview(1_000)).filter(where).slice(0, limit);
  if (request.state === ApprovalState.UNSPECIFIED) return await approvals.list({ where, limit });
  const state = parseState(request.state);
  if (!state) throw new RpcError("invalid-argument", `unknown state ${request.state}`);
  return await approvals.list({ state, where, limit });
}

function whereOf({ agent, tool, rule }: ListApprovalsRequest) {
  const [isAgent, isTool, isRule] = [agent, tool, rule].map((glob) => {
    if (glob.length > maxGlobLength) throw new RpcError("invalid-argument", "a glob is too long");
    return glob === "" ? () => true : compileGlob(glob);
  }) as [Test, Test, Test];
  return (it: ApprovalRecord) =>
    isAgent(it.agent) && isTool(`${it.upstream}/${it.tool}`) && isRule(it.rule);
}

type Test = (name: string) => boolean;
