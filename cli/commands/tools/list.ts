import {
  type ListToolsResponse,
  ListToolsResponseSchema,
  type ToolPin,
  ToolService,
  ToolState,
  ToolStateSchema,
  VariantState,
} from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { numberOf, wordOf, wordsOf } from "../../enum-words.ts";
import { formatTable, listToJson, printResult } from "../../output.ts";
import { formatDistance } from "../../times.ts";
import { kindOf, kindOption, kindWord, labelOf } from "./find-tool.ts";

interface Arguments {
  readonly upstream?: string;
  readonly state?: string;
  readonly kind?: string;
  readonly n: number;
}

export const list = defineCommand<Arguments>({
  command: "list",
  describe: "Show the tools, prompts and more that servers list, those that need attention first",
  options: {
    upstream: { type: "string", requiresArg: true, describe: "Only of this upstream" },
    state: {
      type: "string",
      requiresArg: true,
      choices: wordsOf(ToolStateSchema),
      describe: "Only in this state",
    },
    kind: { ...kindOption, default: undefined, describe: "Only of this kind" },
    n: { type: "number", requiresArg: true, default: 200, describe: "At most so many" },
  },
  run: async ({ upstream = "", state, kind, n, ...args }) => {
    const response = await withConnection(args, (connection) =>
      connection.call(ToolService.method.listTools, {
        upstream,
        state: stateOf(state),
        kind: kindOf(kind),
        pageSize: Math.min(Math.max(Math.trunc(n) || 1, 1), 10_000),
      }),
    );
    await printResult(args.output, listToJson(ListToolsResponseSchema, response), () =>
      describeTools(response),
    );
  },
});

/** yargs admits only words of the enum. */
function stateOf(word: string | undefined): ToolState {
  const number = word === undefined ? undefined : numberOf(ToolStateSchema, word);
  return (number ?? ToolState.UNSPECIFIED) as ToolState;
}

function describeTools({ tools, leftOut }: ListToolsResponse): string {
  if (tools.length === 0)
    return "nothing: what servers have is seen when an agent lists or uses it";
  const headers = ["TOOL", "KIND", "STATE", "WAITING", "SEEN", "DIGEST", "MARKS"];
  const table = formatTable(headers, tools.map(rowOf));
  const more =
    leftOut > 0 ? [`${leftOut} more: -n shows more of them, --upstream or --state fewer`] : [];
  const needed = tools.some(waits)
    ? ["mcpctl tools diff <tool> (--kind, where it is no tool) shows what waits"]
    : [];
  return [table, ...more, ...needed].join("\n");
}

/** The definition that waits, or the one that was seen last. */
function rowOf(tool: ToolPin): string[] {
  const waiting = tool.variants.filter(({ state }) => state === VariantState.WAITING);
  const shown = waiting[0] ?? tool.variants[0];
  return [
    labelOf(tool),
    kindWord(tool.kind),
    wordOf(ToolStateSchema, tool.state) ?? "unknown",
    waiting.length === 0 ? "" : String(waiting.length),
    formatDistance(shown?.seenAt),
    shown?.digest.slice(0, 12) ?? "",
    shown?.marks.join("; ") ?? "",
  ];
}

function waits({ variants }: ToolPin): boolean {
  return variants.some(({ state }) => state === VariantState.WAITING);
}
