import { toJson } from "@bufbuild/protobuf";
import {
  ApprovalRecordSchema,
  ApprovalService,
  GetApprovalResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { failed } from "../../errors.ts";
import { printResult } from "../../output.ts";
import { noteTooFewDeciders } from "./deciders.ts";
import { describeApproval } from "./describe.ts";
import { describeDetails } from "./describe-details.ts";

interface Arguments {
  readonly id: string;
}

export const show = defineCommand<Arguments>({
  command: "show <id>",
  describe: "Show one held call: who asks for what, who decided, what was before, who was told",
  positionals: { id: { type: "string", describe: "Its id, or an unambiguous beginning" } },
  run: async (args) => {
    const response = await withConnection(args, async (connection) => {
      const found = await getDetails(connection, args.id);
      await noteTooFewDeciders(connection, [found.approval]);
      return found;
    });
    const { approval: _, ...details } = toJson(GetApprovalResponseSchema, response) as object & {
      approval?: unknown;
    };
    const json = { ...(toJson(ApprovalRecordSchema, response.approval) as object), ...details };
    await printResult(args.output, json, () => describeWithDetails(response));
  },
});

/** All that somebody who decides should see. */
export function describeWithDetails(response: Awaited<ReturnType<typeof getDetails>>): string {
  const details = describeDetails(response);
  const shown = describeApproval(response.approval);
  return details === "" ? shown : `${shown}\n${details}`;
}

/** Reads the approval of which the id is the beginning, and what stands around it. */
export async function getDetails(connection: Connection, id: string) {
  const asked = { id, details: true };
  const response = await connection.call(ApprovalService.method.getApproval, asked);
  const { approval } = response;
  if (approval) return { ...response, approval };
  throw failed(`the control plane answers without an approval for ${id}.`);
}
