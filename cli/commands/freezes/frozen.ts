import { FrozenKindSchema } from "../../../proto/gen/mcpgateway/v1/config_pb.ts";
import {
  FreezeService,
  ListFreezesResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/freeze_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { wordOf } from "../../enum-words.ts";
import { formatTable, listToJson, printResult } from "../../output.ts";
import { formatTime } from "../../times.ts";

export const frozen = defineCommand({
  command: "frozen",
  describe: "List what is frozen, since when, by whom and why",
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(FreezeService.method.listFreezes, {}),
    );
    const { freezes } = response;
    await printResult(args.output, listToJson(ListFreezesResponseSchema, response), () => {
      if (freezes.length === 0) return "nothing is frozen";
      return formatTable(
        ["WHAT", "NAME", "SINCE", "BY", "REASON"],
        freezes.map(({ kind, name, at, by, reason }) => [
          wordOf(FrozenKindSchema, kind) ?? `unknown (${kind})`,
          name,
          formatTime(at),
          by,
          reason,
        ]),
      );
    });
  },
});
