import { toJson } from "@bufbuild/protobuf";
import {
  ExportService,
  RetryDeadLettersResponseSchema,
} from "../../../../proto/gen/mcpgateway/v1/export_service_pb.ts";
import { defineCommand } from "../../../command.ts";
import { withConnection } from "../../../connection.ts";
import { printResult } from "../../../output.ts";
import { allOption, type WhichArguments, which, whichArguments } from "./which-letters.ts";

export const retry = defineCommand<WhichArguments>({
  command: "retry <exporter> [ids..]",
  describe: "Send them to the SIEM again, after what made it refuse them was mended",
  positionals: whichArguments,
  options: allOption,
  examples: [["mcpctl audit dead-letters retry siem --all", "All of the exporter siem"]],
  run: async (args) => {
    const request = which(args);
    const response = await withConnection(args, (connection) =>
      connection.call(ExportService.method.retryDeadLetters, request),
    );
    await printResult(
      args.output,
      toJson(RetryDeadLettersResponseSchema, response),
      () => `exporter ${args.exporter} sends ${response.retried} again`,
    );
  },
});
