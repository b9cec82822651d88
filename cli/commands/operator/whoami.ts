import { toJson } from "@bufbuild/protobuf";
import {
  OperatorService,
  RoleSchema,
  WhoAmIResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { wordOf } from "../../enum-words.ts";
import { failed } from "../../errors.ts";
import { formatDetails, printResult } from "../../output.ts";
import { formatTime } from "../../times.ts";

export const whoami = defineCommand({
  command: "whoami",
  describe: "Show as whom the control plane knows you",
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(OperatorService.method.whoAmI, {}),
    );
    const { operator } = response;
    if (!operator) throw failed("the control plane does not say who you are.");
    await printResult(args.output, toJson(WhoAmIResponseSchema, response), () =>
      formatDetails({
        operator: operator.name,
        role: wordOf(RoleSchema, operator.role) ?? `unknown (${operator.role})`,
        groups: operator.groups.join(", "),
        "created at": formatTime(operator.createdAt),
        by: operator.createdBy,
      }),
    );
  },
});
