import { toJson } from "@bufbuild/protobuf";
import {
  ApprovalRecordSchema,
  ApprovalService,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { failed } from "../../errors.ts";
import { printResult } from "../../output.ts";
import { noteTooFewDeciders } from "./deciders.ts";
import { describeApproval } from "./describe.ts";

interface Arguments {
  readonly id: string;
}

export const show = defineCommand<Arguments>({
  command: "show <id>",
  describe: "Show one held call: who asks for what, and who decided",
  positionals: { id: { type: "string", describe: "Its id, or an unambiguous beginning" } },
  run: async (args) => {
    const approval = await withConnection(args, async (connection) => {
      const found = await getApproval(connection, args.id);
      await noteTooFewDeciders(connection, [found]);
      return found;
    });
    await printResult(args.output, toJson(ApprovalRecordSchema, approval), () =>
      describeApproval(approval),
    );
  },
});

/** Reads the approval of which the id is the beginning. */
export async function getApproval(connection: Connection, id: string) {
  const { approval } = await connection.call(ApprovalService.method.getApproval, { id });
  if (approval) return approval;
  throw failed(`the control plane answers without an approval for ${id}.`);
}
