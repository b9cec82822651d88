import { toJson } from "@bufbuild/protobuf";
import {
  type ApprovalRecord,
  ApprovalRecordSchema,
  ApprovalService,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { failed } from "../../errors.ts";
import { printResult } from "../../output.ts";
import { stateWord } from "./describe.ts";
import { getDetails } from "./show.ts";

interface Arguments {
  readonly id: string;
  readonly reason: string;
}

const positionals = {
  id: { type: "string", describe: "Its id, or an unambiguous beginning" },
} as const;
const reason = { type: "string", requiresArg: true, demandOption: true } as const;

export const revoke = defineCommand<Arguments>({
  command: "revoke <id>",
  describe: "Take an approval back whose call has not begun",
  positionals,
  options: { reason: { ...reason, describe: "Why; the agent is told" } },
  run: async (args) => {
    const approval = await withConnection(args, async (connection) => {
      const { approval: found } = await getDetails(connection, args.id);
      const asked = { id: found.id, reason: args.reason };
      return (await connection.call(ApprovalService.method.revokeApproval, asked)).approval;
    });
    await printOne(args.output, approval, (it) => `${it.id} is ${stateWord(it)}`);
  },
});

export const review = defineCommand<Arguments>({
  command: "review <id>",
  describe: "Note that you looked at what somebody else approved by breaking the glass",
  positionals,
  options: { reason: { ...reason, describe: "What you found" } },
  run: async (args) => {
    const approval = await withConnection(args, async (connection) => {
      const { approval: found } = await getDetails(connection, args.id);
      const asked = { id: found.id, reason: args.reason };
      return (await connection.call(ApprovalService.method.reviewApproval, asked)).approval;
    });
    await printOne(args.output, approval, (it) => `${it.id} is reviewed`);
  },
});

async function printOne(
  output: Parameters<typeof printResult>[0],
  approval: ApprovalRecord | undefined,
  describe: (approval: ApprovalRecord) => string,
): Promise<void> {
  if (!approval) throw failed("the control plane does not say what came of it.");
  await printResult(output, toJson(ApprovalRecordSchema, approval), () => describe(approval));
}
