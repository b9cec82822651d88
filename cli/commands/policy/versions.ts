import {
  ListPolicyVersionsResponseSchema,
  PolicyService,
} from "../../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { countOption } from "../../global-options.ts";
import { formatTable, listToJson, printResult } from "../../output.ts";
import { formatTime } from "../../times.ts";

interface Arguments {
  readonly limit?: number;
}

export const versions = defineCommand<Arguments>({
  command: "versions",
  describe: "List the versions of the policy, newest first",
  options: { limit: countOption("How many at most (default 20)", { min: 1, max: 1_000 }) },
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(PolicyService.method.listPolicyVersions, { pageSize: args.limit ?? 20 }),
    );
    await printResult(args.output, listToJson(ListPolicyVersionsResponseSchema, response), () =>
      formatTable(
        ["VERSION", "PUSHED AT", "AUTHOR", "DIGEST", "MESSAGE"],
        response.versions.map(({ version, pushedAt, author, digest, message }) => [
          String(version),
          formatTime(pushedAt),
          author,
          digest.slice(0, 12),
          message,
        ]),
      ),
    );
  },
});
