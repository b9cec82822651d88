import { toJson } from "@bufbuild/protobuf";
import {
  CreateOperatorResponseSchema,
  OperatorService,
  type Role,
  RoleSchema,
} from "../../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { numberOf, wordsOf } from "../../enum-words.ts";
import { note, printResult } from "../../output.ts";

interface Arguments {
  readonly name: string;
  readonly group?: readonly string[];
  readonly role: string;
}

export const create = defineCommand<Arguments>({
  command: "create <name>",
  describe: "Make an operator and print the token once",
  positionals: { name: { type: "string", describe: "What the records call it" } },
  options: {
    group: { type: "string", array: true, requiresArg: true, describe: "A group; repeatable" },
    role: {
      choices: wordsOf(RoleSchema),
      requiresArg: true,
      demandOption: true,
      describe: "What the operator may do",
    },
  },
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(OperatorService.method.createOperator, {
        name: args.name,
        groups: [...(args.group ?? [])],
        role: (numberOf(RoleSchema, args.role) ?? 0) as Role,
      }),
    );
    await printResult(
      args.output,
      toJson(CreateOperatorResponseSchema, response),
      () => response.token,
    );
    note(`This is the token of ${args.name}. It is not stored anywhere: keep it now.`);
  },
});
