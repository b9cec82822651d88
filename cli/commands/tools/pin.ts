import {
  DecideToolsResponseSchema,
  type ToolPin,
  ToolService,
  VariantState,
} from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { ask, canAsk } from "../../ask.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { failed, wrongUsage } from "../../errors.ts";
import type { GlobalArguments } from "../../global-options.ts";
import { formatTable, listToJson, print, printResult } from "../../output.ts";
import { kindOf, kindOption, kindWord } from "./find-tool.ts";

interface Arguments {
  readonly upstream: string;
  readonly kind?: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** As many as the control plane takes at once. */
const maxDecisions = 1_000;

export const pin = defineCommand<Arguments>({
  command: "pin <upstream>",
  describe: "Accept what is new of an upstream together; what changed is accepted one by one",
  positionals: { upstream: { type: "string", describe: "The upstream's name" } },
  options: {
    kind: { ...kindOption, default: undefined, describe: "Only of this kind" },
    reason: { type: "string", requiresArg: true, describe: "Why; recorded" },
    yes: { type: "boolean", alias: "y", describe: "Do not ask on a terminal" },
  },
  run: (args) => withConnection(args, (connection) => pinAll(connection, args)),
});

async function pinAll(connection: Connection, args: GlobalArguments & Arguments): Promise<void> {
  const { upstream, reason = "", output } = args;
  const { tools } = await connection.call(ToolService.method.listTools, {
    upstream,
    kind: kindOf(args.kind),
    pageSize: maxDecisions,
  });
  const decisions = tools.flatMap(newDefinitionOf);
  if (decisions.length === 0) throw failed(`nothing new of ${upstream} waits.`);
  if (output === "table") {
    const rows = decisions.map(({ kind, name, digest, marks }) => [
      name,
      kindWord(kind),
      digest,
      marks,
    ]);
    await print(formatTable(["TOOL", "KIND", "DIGEST", "MARKS"], rows));
  }
  await assertMeant(args, decisions.length);
  const response = await connection.call(ToolService.method.decideTools, {
    upstream,
    decisions: decisions.map(({ kind, name, digest }) => ({ kind, name, digest })),
    accept: true,
    reason,
  });
  await printResult(
    output,
    listToJson(DecideToolsResponseSchema, response),
    () => `accepted ${response.tools.length} new definitions of ${upstream}`,
  );
}

/** Of a tool of which nothing was accepted or rejected, and of which only one definition was seen. */
function newDefinitionOf({ kind, name, variants }: ToolPin) {
  const [only, ...others] = variants;
  if (!only || others.length > 0 || only.state !== VariantState.WAITING) return [];
  return [{ kind, name, digest: only.digest, marks: only.marks.join("; ") }];
}

async function assertMeant({ yes, output }: GlobalArguments & Arguments, count: number) {
  if (yes) return;
  if (output !== "table" || !canAsk()) {
    throw wrongUsage("say --yes to accept them without being asked");
  }
  const answer = await ask(`accept these ${count} definitions? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw failed("left as it is: you did not say yes.");
}
