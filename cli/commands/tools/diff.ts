import { toJson } from "@bufbuild/protobuf";
import { compareDefinitions } from "../../../core/pins/compare-definitions.ts";
import { compareWords } from "../../../core/pins/compare-words.ts";
import { visible } from "../../../core/pins/visible.ts";
import { ToolVariantSchema } from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { printResult } from "../../output.ts";
import { describeDifference, describeVariant, lastAccepted } from "./describe-variant.ts";
import { findTool, findVariant, kindOption, type Named, toolArgument } from "./find-tool.ts";

interface Arguments extends Named {
  readonly digest?: string;
}

export const diff = defineCommand<Arguments>({
  command: "diff <tool>",
  describe: "Show how the definition that waits differs from the accepted one",
  positionals: { tool: toolArgument },
  options: {
    kind: kindOption,
    digest: { type: "string", requiresArg: true, describe: "Which definition, or its beginning" },
  },
  examples: [["mcpctl tools diff files/read_file", "What has changed, word by word"]],
  run: async (args) => {
    const tool = await withConnection(args, (connection) => findTool(connection, args));
    const variant = findVariant(tool, args.digest);
    const before = lastAccepted(tool, variant);
    const json = {
      ...(toJson(ToolVariantSchema, variant) as object),
      acceptedDigest: before?.digest ?? "",
      changes: compareDefinitions(before?.definition ?? "{}", variant.definition).map(
        ({ pointer, before: was = null, after: is = null }) => ({
          pointer,
          before: was,
          after: is,
          words: compareWords(was ?? "", is ?? "").map(({ kind, text }) => ({
            kind,
            text: visible(text),
          })),
        }),
      ),
    };
    await printResult(args.output, json, () =>
      [describeVariant(variant), describeDifference(tool, variant)].join("\n\n"),
    );
  },
});
