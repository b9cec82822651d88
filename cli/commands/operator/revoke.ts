import { toJson } from "@bufbuild/protobuf";
import {
  OperatorService,
  RevokeOperatorResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { printResult } from "../../output.ts";

interface Arguments {
  readonly name: string;
}

export const revoke = defineCommand<Arguments>({
  command: "revoke <name>",
  describe: "End an operator's token",
  positionals: { name: { type: "string", describe: "The operator's name" } },
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(OperatorService.method.revokeOperator, { name: args.name }),
    );
    await printResult(
      args.output,
      toJson(RevokeOperatorResponseSchema, response),
      () => `the token of ${args.name} is not accepted any more`,
    );
  },
});
