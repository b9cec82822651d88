import { toJson } from "@bufbuild/protobuf";
import {
  DropDeadLettersResponseSchema,
  ExportService,
} from "../../../../proto/gen/mcpgateway/v1/export_service_pb.ts";
import { defineCommand } from "../../../command.ts";
import { withConnection } from "../../../connection.ts";
import { wrongUsage } from "../../../errors.ts";
import { printResult } from "../../../output.ts";
import { allOption, type WhichArguments, which, whichArguments } from "./which-letters.ts";

export const drop = defineCommand<WhichArguments & { readonly reason?: string }>({
  command: "drop <exporter> [ids..]",
  describe: "Forget them: the SIEM never gets them",
  positionals: whichArguments,
  options: {
    ...allOption,
    reason: { type: "string", requiresArg: true, describe: "Why; recorded" },
  },
  run: async (args) => {
    const { reason = "" } = args;
    const request = which(args);
    if (reason === "") throw wrongUsage("say why they may be lost to the SIEM: --reason");
    const response = await withConnection(args, (connection) =>
      connection.call(ExportService.method.dropDeadLetters, { ...request, reason }),
    );
    await printResult(
      args.output,
      toJson(DropDeadLettersResponseSchema, response),
      () => `dropped ${response.dropped} dead letters of exporter ${args.exporter}`,
    );
  },
});
