import {
  type AgentKeyRecord,
  AgentService,
  ListAgentsResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { formatTable, listToJson, printResult } from "../../output.ts";
import { formatDistance, formatTime } from "../../times.ts";

export const list = defineCommand({
  command: "list",
  describe: "List the agents and the beginnings of their keys",
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(AgentService.method.listAgents, {}),
    );
    await printResult(args.output, listToJson(ListAgentsResponseSchema, response), () =>
      formatTable(
        ["ID", "OWNER", "TENANT", "GROUPS", "KEYS", "CREATED AT", "BY"],
        response.agents.map(({ id, owner, tenant, groups, keys, createdAt, createdBy }) => [
          id,
          owner,
          tenant,
          groups.join(", "),
          keys.map(describeKey).join(", "),
          formatTime(createdAt),
          createdBy,
        ]),
      ),
    );
  },
});

function describeKey({ hint, expiresAt }: AgentKeyRecord): string {
  return expiresAt ? `${hint}… (expires ${formatDistance(expiresAt)})` : `${hint}…`;
}
