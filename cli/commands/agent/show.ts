import { toJson } from "@bufbuild/protobuf";
import {
  type AgentKeyRecord,
  AgentRecordSchema,
  AgentService,
} from "../../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { failed } from "../../errors.ts";
import { formatTable, printResult } from "../../output.ts";
import { formatDistance, formatTime } from "../../times.ts";

interface Arguments {
  readonly id: string;
}

export const show = defineCommand<Arguments>({
  command: "show <id>",
  describe: "Show an agent: its groups, and its keys with when they end and were used last",
  positionals: { id: { type: "string", describe: "The agent's id" } },
  run: async (args) => {
    const { agents } = await withConnection(args, (connection) =>
      connection.call(AgentService.method.listAgents, {}),
    );
    const agent = agents.find(({ id }) => id === args.id);
    if (!agent) throw failed(`there is no agent ${args.id}`);
    await printResult(args.output, toJson(AgentRecordSchema, agent), () => {
      const { id, tenant, groups, keys, createdAt, createdBy } = agent;
      const head = formatTable(
        ["ID", "TENANT", "GROUPS", "CREATED AT", "BY"],
        [[id, tenant, groups.join(", "), formatTime(createdAt), createdBy]],
      );
      return `${head}\n\n${formatTable(["KEY", "CREATED AT", "ENDS", "LAST USED", ""], keys.map(describe))}`;
    });
  },
});

function describe({ hint, createdAt, expiresAt, lastUsedAt, isOldForm }: AgentKeyRecord): string[] {
  return [
    `${hint}…`,
    formatTime(createdAt),
    expiresAt ? formatDistance(expiresAt) : "never",
    lastUsedAt ? formatDistance(lastUsedAt) : "-",
    isOldForm ? "stored in an old form: rotate it" : "",
  ];
}
