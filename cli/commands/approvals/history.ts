import {
  type ApprovalRecord,
  ApprovalService,
  ApprovalState,
  ListApprovalsResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { countOption } from "../../global-options.ts";
import { formatTable, listToJson, printResult } from "../../output.ts";
import { formatTime } from "../../times.ts";
import { stateWord, subjectOf } from "./describe.ts";

interface Arguments {
  readonly limit?: number;
  readonly agent?: string;
  readonly tool?: string;
  readonly rule?: string;
}

export const history = defineCommand<Arguments>({
  command: "history",
  describe: "List the calls that were decided or ended, newest first, and who decided",
  options: {
    agent: { type: "string", requiresArg: true, describe: "Only of these agents; * is any text" },
    tool: { type: "string", requiresArg: true, describe: "Only of these: upstream/tool, with *" },
    rule: { type: "string", requiresArg: true, describe: "Only held by these rules, with *" },
    limit: countOption("How many of the newest to look at (default 100)", { min: 1, max: 1_000 }),
  },
  run: async (args) => {
    const { limit = 100, agent = "", tool = "", rule = "" } = args;
    const response = await withConnection(args, (connection) =>
      connection.call(ApprovalService.method.listApprovals, { pageSize: limit, agent, tool, rule }),
    );
    const approvals = response.approvals.filter(({ state }) => state !== ApprovalState.PENDING);
    const json = listToJson(ListApprovalsResponseSchema, { ...response, approvals });
    await printResult(args.output, json, () =>
      formatTable(["ID", "STATE", "AGENT", "TOOL", "DECIDED BY", "ENDED"], approvals.map(rowOf)),
    );
  },
});

function rowOf(approval: ApprovalRecord): string[] {
  const deciders = approval.decisions.map(
    ({ operator, approve, breakGlass }) =>
      `${operator}${approve ? "" : " (denied)"}${breakGlass ? " (break-glass)" : ""}`,
  );
  const { id, agent, endedAt } = approval;
  const ended = formatTime(endedAt);
  return [id, stateWord(approval), agent, subjectOf(approval), deciders.join(", "), ended];
}
