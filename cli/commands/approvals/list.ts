import {
  ApprovalService,
  ApprovalState,
  ApprovalStateSchema,
  ListApprovalsResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { numberOf, wordsOf } from "../../enum-words.ts";
import { countOption } from "../../global-options.ts";
import { formatTable, listToJson, note, printResult } from "../../output.ts";
import { formatDistance } from "../../times.ts";
import { noteTooFewDeciders } from "./deciders.ts";
import { stateWord, subjectOf } from "./describe.ts";

interface Arguments {
  readonly state: string;
  readonly limit?: number;
  readonly needsReview?: boolean;
  readonly agent?: string;
  readonly tool?: string;
  readonly rule?: string;
}

export const list = defineCommand<Arguments>({
  command: "list",
  describe: "List held calls, newest first",
  options: {
    state: {
      choices: [...wordsOf(ApprovalStateSchema), "all"],
      default: "pending",
      requiresArg: true,
      describe: "Only approvals in this state",
    },
    agent: { type: "string", requiresArg: true, describe: "Only of these agents; * is any text" },
    tool: { type: "string", requiresArg: true, describe: "Only of these: upstream/tool, with *" },
    rule: { type: "string", requiresArg: true, describe: "Only held by these rules, with *" },
    "needs-review": {
      type: "boolean",
      describe: "Those approved by breaking the glass that nobody else has reviewed",
    },
    limit: countOption("How many at most (default 100)", { min: 1, max: 1_000 }),
  },
  run: async (args) => {
    const pageSize = args.limit ?? 100;
    const state = (numberOf(ApprovalStateSchema, args.state) ?? 0) as ApprovalState;
    const response = await withConnection(args, async (connection) => {
      const listed = await connection.call(ApprovalService.method.listApprovals, {
        state,
        pageSize,
        needsReview: args.needsReview ?? false,
        agent: args.agent ?? "",
        tool: args.tool ?? "",
        rule: args.rule ?? "",
      });
      await noteTooFewDeciders(connection, listed.approvals);
      return listed;
    });
    await printResult(args.output, listToJson(ListApprovalsResponseSchema, response), () =>
      formatTable(
        ["ID", "STATE", "AGENT", "TOOL", "RULE", "HELD", "EXPIRES"],
        response.approvals.map((approval) => [
          approval.id,
          stateWord(approval),
          approval.agent,
          subjectOf(approval),
          approval.rule,
          formatDistance(approval.createdAt),
          approval.state === ApprovalState.PENDING ? formatDistance(approval.expiresAt) : "",
        ]),
      ),
    );
    if (response.approvals.length === pageSize) {
      note(`these are the newest ${pageSize}; --limit shows more`);
    }
  },
});
