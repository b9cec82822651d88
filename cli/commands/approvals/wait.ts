import { setTimeout as delay } from "node:timers/promises";
import { toJson } from "@bufbuild/protobuf";
import {
  type ApprovalRecord,
  ApprovalRecordSchema,
  ApprovalService,
  ApprovalState,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { failed } from "../../errors.ts";
import { durationOption } from "../../global-options.ts";
import { printResult } from "../../output.ts";
import { stateWord } from "./describe.ts";

interface Arguments {
  readonly id: string;
  readonly for?: number;
}

const lookEveryMs = 500;
/** The states of a call that people let pass. */
const passed: ReadonlySet<ApprovalState> = new Set([
  ApprovalState.APPROVED,
  ApprovalState.EXECUTING,
  ApprovalState.SUCCEEDED,
]);

export const wait = defineCommand<Arguments>({
  command: "wait <id>",
  describe: "Wait until a held call is decided; fails unless it is approved",
  positionals: { id: { type: "string", describe: "Its id, or an unambiguous beginning" } },
  options: { for: durationOption("How long at most (default: until it expires)") },
  run: async (args) => {
    const approval = await withConnection(args, (connection) => waitFor(connection, args));
    const state = stateWord(approval);
    await printResult(args.output, toJson(ApprovalRecordSchema, approval), () => state);
    if (!passed.has(approval.state)) throw failed(`${approval.id} is ${state}.`);
  },
});

async function waitFor(connection: Connection, args: Arguments): Promise<ApprovalRecord> {
  const deadlineMs = performance.now() + (args.for ?? Number.POSITIVE_INFINITY);
  for (let id = args.id; ; ) {
    const { approval } = await connection.call(ApprovalService.method.getApproval, { id });
    if (!approval) throw failed(`the control plane answers without an approval for ${id}.`);
    if (approval.state !== ApprovalState.PENDING || performance.now() >= deadlineMs)
      return approval;
    // A beginning that is unambiguous now may not be so later.
    id = approval.id;
    await delay(lookEveryMs);
  }
}
