import type { CommandModule, Options } from "yargs";
import {
  type ApprovalRecord,
  ApprovalService,
  ListApprovalsResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { ask, canAsk } from "../../ask.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { CliError, failed, wrongUsage } from "../../errors.ts";
import type { GlobalArguments } from "../../global-options.ts";
import { listToJson, note, print, printResult } from "../../output.ts";
import { noteTooFewDeciders } from "./deciders.ts";
import { quorumOf, stateWord } from "./describe.ts";
import { describeWithDetails, getDetails } from "./show.ts";

type Verb = "approve" | "deny";

interface Arguments {
  readonly ids: readonly string[];
  readonly reason?: string;
  readonly digest?: string;
  readonly breakGlass?: boolean;
  readonly yes?: boolean;
}

type DecideArguments = GlobalArguments & Arguments & { readonly verb: Verb };

const breakGlass: Options = {
  type: "boolean",
  describe: "Approve alone in an emergency, where the policy lets you; recorded, told and reviewed",
};

export const approve = defineDecision("approve", "Approve held calls", {
  reason: { describe: "Why; some policies ask for it" },
  "break-glass": breakGlass,
});

export const deny = defineDecision("deny", "Deny held calls", {
  reason: { describe: "Why; the agent is told", demandOption: true },
});

/** Fewer would be guessed, or met by chance. */
const leastDigestLength = 12;

function defineDecision(
  verb: Verb,
  describe: string,
  { reason, ...more }: Readonly<Record<"reason", Options>> & Readonly<Record<string, Options>>,
): CommandModule {
  return defineCommand<Arguments>({
    command: `${verb} <ids..>`,
    describe,
    positionals: {
      ids: { type: "string", array: true, describe: "Their ids, or unambiguous beginnings" },
    },
    options: {
      reason: { type: "string", requiresArg: true, ...reason },
      digest: {
        type: "string",
        requiresArg: true,
        describe: "What you were shown elsewhere, or its beginning: refused when it differs",
      },
      yes: { type: "boolean", alias: "y", describe: "Do not ask on a terminal" },
      ...more,
    },
    run: (args) => decideAll({ ...args, verb }),
  });
}

/** Decides one after the other. One that fails does not keep the others from being decided. */
async function decideAll(args: DecideArguments): Promise<void> {
  assertDigest(args);
  const decided: ApprovalRecord[] = [];
  const undecided: string[] = [];
  await withConnection(args, async (connection) => {
    for (const id of args.ids) {
      try {
        decided.push(await decide(connection, id, args));
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
    throw failed(`could not ${args.verb} ${undecided.join(", ")}. Nothing changed there.`);
  }
}

function assertDigest({ digest, ids }: DecideArguments): void {
  if (digest === undefined) return;
  if (ids.length > 1) throw wrongUsage("--digest is of one approval: name one");
  if (/^[0-9a-f]+$/i.test(digest) && digest.length >= leastDigestLength) return;
  throw wrongUsage(`--digest must be at least ${leastDigestLength} hexadecimal digits`);
}

/** Shows what is decided, then decides exactly that: the digest is of the record that was shown. */
async function decide(
  connection: Connection,
  id: string,
  args: DecideArguments,
): Promise<ApprovalRecord> {
  const response = await getDetails(connection, id);
  const { approval: shown } = response;
  const showsText = args.output === "table";
  if (showsText) await print(describeWithDetails(response));
  await noteTooFewDeciders(connection, [shown]);
  if (args.digest !== undefined && !shown.digest.startsWith(args.digest.toLowerCase())) {
    throw failed(`its digest is ${shown.digest}: that is not what you were shown.`);
  }
  if (shown.requireReason && !args.reason) {
    throw wrongUsage("the policy wants a reason for this decision: --reason");
  }
  await assertMeant(args, shown);
  const { approval } = await connection.call(ApprovalService.method.decideApproval, {
    id: shown.id,
    approve: args.verb === "approve",
    reason: args.reason ?? "",
    digest: shown.digest,
    breakGlass: args.breakGlass ?? false,
  });
  if (!approval) throw failed("the control plane does not say what came of it.");
  if (showsText) await print(`=> ${describeOutcome(approval)}\n`);
  return approval;
}

/** People at a terminal see first what they decide. Whoever names the digest has seen it. */
async function assertMeant(
  { verb, digest, yes, output }: DecideArguments,
  { id }: ApprovalRecord,
): Promise<void> {
  if (digest !== undefined || yes || output !== "table" || !canAsk()) return;
  const answer = await ask(`${verb} ${id}? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw failed(`left as it is: you did not say yes.`);
}

function describeOutcome(approval: ApprovalRecord): string {
  const state = stateWord(approval);
  if (state !== "pending") return `${approval.id} is ${state}`;
  return `${approval.id} is still pending: ${quorumOf(approval)} approvals`;
}
