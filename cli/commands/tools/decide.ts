import type { CommandModule } from "yargs";
import {
  DecideToolsResponseSchema,
  type ToolPin,
  ToolService,
  ToolStateSchema,
  type ToolVariant,
} from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { ask, canAsk } from "../../ask.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { wordOf } from "../../enum-words.ts";
import { failed, wrongUsage } from "../../errors.ts";
import type { GlobalArguments } from "../../global-options.ts";
import { listToJson, print, printResult } from "../../output.ts";
import { describeDifference, describeVariant } from "./describe-variant.ts";
import {
  findTool,
  findVariant,
  kindOption,
  labelOf,
  type Named,
  toolArgument,
} from "./find-tool.ts";

type Verb = "accept" | "reject";

interface Arguments extends Named {
  readonly digest?: string;
  readonly reason?: string;
  readonly replace?: boolean;
  readonly yes?: boolean;
}

type DecideArguments = GlobalArguments & Arguments & { readonly verb: Verb };

export const accept = defineDecision("accept", "Accept a definition: agents see it again");
export const reject = defineDecision("reject", "Reject a definition: it stays hidden");

function defineDecision(verb: Verb, describe: string): CommandModule {
  return defineCommand<Arguments>({
    command: `${verb} <tool>`,
    describe,
    positionals: { tool: toolArgument },
    options: {
      kind: kindOption,
      digest: {
        type: "string",
        requiresArg: true,
        describe: "What you reviewed, or its beginning: refused when the tool is not that",
      },
      reason: { type: "string", requiresArg: true, describe: "Why; recorded" },
      ...(verb === "accept" && {
        replace: {
          type: "boolean" as const,
          describe: "Take back what was accepted before; else agents may be shown either",
        },
      }),
      yes: { type: "boolean", alias: "y", describe: "Do not ask on a terminal" },
    },
    run: (args) => withConnection(args, (connection) => decide(connection, { ...args, verb })),
  });
}

/** Shows what is decided, then decides exactly that: the digest is of the definition that was shown. */
async function decide(connection: Connection, args: DecideArguments): Promise<void> {
  const { verb, output, reason = "", replace = false } = args;
  const tool = await findTool(connection, args);
  const variant = findVariant(tool, args.digest);
  const isShown = output === "table" && args.digest === undefined;
  if (isShown) await print(`${describeVariant(variant)}\n\n${describeDifference(tool, variant)}\n`);
  await assertMeant(args, variant);
  const response = await connection.call(ToolService.method.decideTools, {
    upstream: tool.upstream,
    decisions: [{ kind: tool.kind, name: tool.name, digest: variant.digest }],
    accept: verb === "accept",
    reason,
    replace,
  });
  await printResult(output, listToJson(DecideToolsResponseSchema, response), () =>
    response.tools.map((now) => describeOutcome(now, variant, verb)).join("\n"),
  );
}

/** What was not named was at least looked at: on a terminal, by whoever answers. */
async function assertMeant(
  { verb, digest, yes, output }: DecideArguments,
  variant: ToolVariant,
): Promise<void> {
  if (digest !== undefined || yes) return;
  if (output !== "table" || !canAsk()) {
    throw wrongUsage(`say what you reviewed: --digest ${variant.digest}`);
  }
  const answer = await ask(`${verb} this definition? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw failed("left as it is: you did not say yes.");
}

function describeOutcome(now: ToolPin, { digest }: ToolVariant, verb: Verb): string {
  const state = wordOf(ToolStateSchema, now.state) ?? "unknown";
  return `${verb}ed ${digest.slice(0, 12)}: ${labelOf(now)} is ${state}`;
}
