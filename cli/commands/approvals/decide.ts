import type { CommandModule } from "yargs";
import {
  type ApprovalRecord,
  ApprovalService,
  ListApprovalsResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { CliError, failed, wrongUsage } from "../../errors.ts";
import type { GlobalArguments } from "../../global-options.ts";
import { listToJson, note, print, printResult } from "../../output.ts";
import { noteTooFewDeciders } from "./deciders.ts";
import { describeApproval, quorumOf, stateWord } from "./describe.ts";
import { getApproval } from "./show.ts";

interface Arguments {
  readonly ids: readonly string[];
  readonly reason?: string;
}

export const approve = defineDecision("approve", "Approve held calls", {
  describe: "Why; some policies ask for it",
});

export const deny = defineDecision("deny", "Deny held calls", {
  describe: "Why; the agent is told",
  demandOption: true,
});

function defineDecision(
  verb: "approve" | "deny",
  describe: string,
  reason: { readonly describe: string; readonly demandOption?: boolean },
): CommandModule {
  return defineCommand<Arguments>({
    command: `${verb} <ids..>`,
    describe,
    positionals: {
      ids: { type: "string", array: true, describe: "Their ids, or unambiguous beginnings" },
    },
    options: { reason: { type: "string", requiresArg: true, ...reason } },
    run: (args) => decideAll(verb, args),
  });
}

/** Decides one after the other. One that fails does not keep the others from being decided. */
async function decideAll(
  verb: "approve" | "deny",
  args: GlobalArguments & Arguments,
): Promise<void> {
  const decided: ApprovalRecord[] = [];
  const undecided: string[] = [];
  await withConnection(args, async (connection) => {
    for (const id of args.ids) {
      try {
        decided.push(await decide(connection, id, { ...args, verb }));
      } catch (error) {
        if (!(error instanceof CliError) || error.failure === "unreachable") throw error;
        note(`${id}: ${error.message}`);
        undecided.push(id);
      }
    }
  });
  if (args.output !== "table") {
    const json = listToJson(ListApprovalsResponseSchema, {
      $typeName: "mcpgateway.v1.ListApprovalsResponse",
      approvals: decided,
    });
    await printResult(args.output, json, () => "");
  }
  if (undecided.length > 0) {
    throw failed(`could not ${verb} ${undecided.join(", ")}. Nothing changed there.`);
  }
}

/** Shows what is decided, then decides exactly that: the digest is of the record that was shown. */
async function decide(
  connection: Connection,
  id: string,
  args: GlobalArguments & Arguments & { readonly verb: "approve" | "deny" },
): Promise<ApprovalRecord> {
  const shown = await getApproval(connection, id);
  const showsText = args.output === "table";
  if (showsText) await print(describeApproval(shown));
  await noteTooFewDeciders(connection, [shown]);
  if (shown.requireReason && !args.reason) {
    throw wrongUsage("the policy wants a reason for this decision: --reason");
  }
  const { approval } = await connection.call(ApprovalService.method.decideApproval, {
    id: shown.id,
    approve: args.verb === "approve",
    reason: args.reason ?? "",
    digest: shown.digest,
  });
  if (!approval) throw failed("the control plane does not say what came of it.");
  if (showsText) await print(`=> ${describeOutcome(approval)}\n`);
  return approval;
}

function describeOutcome(approval: ApprovalRecord): string {
  const state = stateWord(approval);
  if (state !== "pending") return `${approval.id} is ${state}`;
  return `${approval.id} is still pending: ${quorumOf(approval)} approvals`;
}
