import { toJson } from "@bufbuild/protobuf";
import {
  AgentService,
  RevokeAgentResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { printResult } from "../../output.ts";

interface Arguments {
  readonly id: string;
}

export const revoke = defineCommand<Arguments>({
  command: "revoke <id>",
  describe: "End every key of an agent",
  positionals: { id: { type: "string", describe: "The agent's id" } },
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(AgentService.method.revokeAgent, { id: args.id }),
    );
    await printResult(
      args.output,
      toJson(RevokeAgentResponseSchema, response),
      () => `no key of ${args.id} is accepted any more`,
    );
  },
});
