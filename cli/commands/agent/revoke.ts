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
  readonly key?: string;
}

export const revoke = defineCommand<Arguments>({
  command: "revoke <id>",
  describe: "End every key of an agent, or one of them",
  positionals: { id: { type: "string", describe: "The agent's id" } },
  options: {
    key: { type: "string", requiresArg: true, describe: "The beginning of the one key to end" },
  },
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(AgentService.method.revokeAgent, {
        id: args.id,
        keyHint: args.key ?? "",
      }),
    );
    await printResult(args.output, toJson(RevokeAgentResponseSchema, response), () =>
      args.key === undefined
        ? `no key of ${args.id} is accepted any more`
        : `the key ${args.key}… of ${args.id} is not accepted any more`,
    );
  },
});
