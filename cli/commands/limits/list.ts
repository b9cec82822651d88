import { durationMs } from "@bufbuild/protobuf/wkt";
import {
  LimitService,
  type LimitUsage,
  type ListLimitsResponse,
  ListLimitsResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/limit_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { formatDurationMs } from "../../duration.ts";
import { formatTable, listToJson, printResult } from "../../output.ts";

interface Arguments {
  readonly limit?: string;
  readonly near: boolean;
  readonly n: number;
}

const nearPercent = 80;

export const list = defineCommand<Arguments>({
  command: "list",
  describe: "Show what is counted, the nearest to its limit first",
  options: {
    limit: { type: "string", requiresArg: true, describe: "Only this limit" },
    near: {
      type: "boolean",
      default: false,
      describe: `Only what is used to ${nearPercent} % or more`,
    },
    n: { type: "number", requiresArg: true, default: 50, describe: "At most so many" },
  },
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(LimitService.method.listLimits, {
        limit: args.limit ?? "",
        minPercent: args.near ? nearPercent : 0,
        pageSize: Math.min(Math.max(Math.trunc(args.n) || 1, 1), 1_000),
      }),
    );
    await printResult(args.output, listToJson(ListLimitsResponseSchema, response), () =>
      describeUsages(response),
    );
  },
});

function describeUsages({ usages, leftOut, incomplete }: ListLimitsResponse): string {
  const table = formatTable(
    ["LIMIT", "USED", "OF", "", "TENANT", "KEY", "MODE"],
    usages.map((usage) => [
      usage.limit,
      `${Math.floor((100 * usage.used) / usage.amount)} %`,
      `${usage.used}/${usage.amount}`,
      quotaOf(usage),
      usage.tenant,
      usage.key,
      usage.shadow ? "shadow" : "enforced",
    ]),
  );
  return [
    usages.length === 0 ? "nothing is counted at the moment" : table,
    ...(leftOut > 0 ? [`${leftOut} more: -n shows more of them, --limit or --near fewer`] : []),
    ...(incomplete ? ["there are too many counters to look at all of them: name a --limit"] : []),
  ].join("\n");
}

function quotaOf({ kind, window }: LimitUsage): string {
  return window ? `${kind} in ${formatDurationMs(durationMs(window))}` : "at a time";
}
