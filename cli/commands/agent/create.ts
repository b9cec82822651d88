import { toJson } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  AgentService,
  CreateAgentResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { durationOption } from "../../global-options.ts";
import { note, printResult } from "../../output.ts";

interface Arguments {
  readonly id: string;
  readonly group?: readonly string[];
  readonly tenant?: string;
  readonly owner?: string;
  readonly expiresIn?: number;
}

export const create = defineCommand<Arguments>({
  command: "create <id>",
  describe: "Make an agent, or a further key for one, and print the key once",
  positionals: { id: { type: "string", describe: "What policies and records call it" } },
  options: {
    group: { type: "string", array: true, requiresArg: true, describe: "A group; repeatable" },
    tenant: { type: "string", requiresArg: true, describe: "For whom it works (default: none)" },
    owner: {
      type: "string",
      requiresArg: true,
      describe: "The operator whose agent it is, who then never decides its calls",
    },
    "expires-in": {
      ...durationOption("After this the key is refused, such as 30d (default: never)"),
      alias: "expires",
    },
  },
  examples: [["KEY=$(mcpctl agent create analyst-1 --group data)", "Keep the key in a variable"]],
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(AgentService.method.createAgent, {
        id: args.id,
        groups: [...(args.group ?? [])],
        tenant: args.tenant ?? "",
        owner: args.owner ?? "",
        ...(args.expiresIn && { expiresAt: timestampFromMs(Date.now() + args.expiresIn) }),
      }),
    );
    await printResult(args.output, toJson(CreateAgentResponseSchema, response), () => response.key);
    note(`This is the key of ${args.id}. It is not stored anywhere: keep it now.`);
  },
});
