import { toJson } from "@bufbuild/protobuf";
import { visible } from "../../../core/pins/visible.ts";
import {
  type ToolPin,
  ToolPinSchema,
  ToolStateSchema,
} from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { wordOf } from "../../enum-words.ts";
import { formatDetails, formatJson, printResult } from "../../output.ts";
import { describeVariant } from "./describe-variant.ts";
import { findTool, kindOption, kindWord, labelOf, type Named, toolArgument } from "./find-tool.ts";

export const show = defineCommand<Named>({
  command: "show <tool>",
  describe: "Show a tool with all definitions that it was seen to have",
  positionals: { tool: toolArgument },
  options: { kind: kindOption },
  examples: [["mcpctl tools show files --kind instructions", "What a server tells the model"]],
  run: async (args) => {
    const tool = await withConnection(args, (connection) => findTool(connection, args));
    await printResult(args.output, toJson(ToolPinSchema, tool), () => describeTool(tool));
  },
});

function describeTool(tool: ToolPin): string {
  const state = wordOf(ToolStateSchema, tool.state) ?? "unknown";
  const head = formatDetails({
    [kindWord(tool.kind)]: labelOf(tool),
    state,
    labels: tool.labels.join(", "),
  });
  const variants = tool.variants.map(
    (variant) => `${describeVariant(variant)}\n${readable(variant.definition)}`,
  );
  return [head, ...variants].join("\n\n");
}

/** Indented where it is JSON: a definition of more than 64 KiB was cut. Text within stays on one line. */
function readable(definition: string): string {
  try {
    return formatJson(JSON.parse(definition), 2).split("\n").map(visible).join("\n");
  } catch {
    return `${visible(definition)} (cut)`;
  }
}
