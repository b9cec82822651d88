import {
  ListOperatorsResponseSchema,
  OperatorService,
  RoleSchema,
} from "../../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { wordOf } from "../../enum-words.ts";
import { formatTable, listToJson, printResult } from "../../output.ts";
import { formatTime } from "../../times.ts";

export const list = defineCommand({
  command: "list",
  describe: "List the operators and their roles",
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(OperatorService.method.listOperators, {}),
    );
    await printResult(args.output, listToJson(ListOperatorsResponseSchema, response), () =>
      formatTable(
        ["NAME", "ROLE", "GROUPS", "CREATED AT", "BY"],
        response.operators.map(({ name, role, groups, createdAt, createdBy }) => [
          name,
          wordOf(RoleSchema, role) ?? `unknown (${role})`,
          groups.join(", "),
          formatTime(createdAt),
          createdBy,
        ]),
      ),
    );
  },
});
