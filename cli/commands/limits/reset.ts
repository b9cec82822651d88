import { toJson } from "@bufbuild/protobuf";
import {
  LimitService,
  ResetLimitsResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/limit_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { wrongUsage } from "../../errors.ts";
import { printResult } from "../../output.ts";

interface Arguments {
  readonly limit: string;
  readonly key?: string;
  readonly tenant?: string;
  readonly all: boolean;
}

export const reset = defineCommand<Arguments>({
  command: "reset <limit>",
  describe: "Clear what is counted against a limit",
  positionals: { limit: { type: "string", describe: "The limit's name" } },
  options: {
    key: {
      type: "string",
      requiresArg: true,
      describe: "What is cleared, as `mcpctl limits` shows it",
    },
    tenant: { type: "string", requiresArg: true, describe: "Whose, as `mcpctl limits` shows it" },
    all: { type: "boolean", default: false, describe: "Everything that the limit counts" },
  },
  examples: [["mcpctl limits reset writes --key agent=ann", "Give one agent its quota again"]],
  run: async (args) => {
    if (args.all === (args.key !== undefined)) {
      throw wrongUsage("say what to clear: --key with a key that `mcpctl limits` shows, or --all");
    }
    const response = await withConnection(args, (connection) =>
      connection.call(LimitService.method.resetLimits, {
        limit: args.limit,
        key: args.key ?? "",
        tenant: args.tenant ?? "",
        all: args.all,
      }),
    );
    await printResult(
      args.output,
      toJson(ResetLimitsResponseSchema, response),
      () => `cleared ${response.cleared} of the counters of ${args.limit}`,
    );
  },
});
