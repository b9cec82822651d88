import {
  AuditService,
  ListAuditKeysResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { formatTable, listToJson, printResult } from "../../output.ts";
import { formatTime } from "../../times.ts";

export const keys = defineCommand({
  command: "keys",
  describe: "List the keys that sign the records of each producer",
  examples: [["mcpctl audit keys -o json > keys.json", "Keep them, to verify offline"]],
  run: (args) =>
    withConnection(args, async (connection) => {
      const response = await connection.call(AuditService.method.listAuditKeys, {});
      const table = () =>
        formatTable(
          ["KEY", "PRODUCER", "SEEN", "PUBLIC KEY"],
          response.keys.map((key) => [
            key.keyId,
            key.producer,
            formatTime(key.seenAt),
            key.publicKey,
          ]),
        );
      await printResult(args.output, listToJson(ListAuditKeysResponseSchema, response), table);
    }),
});
