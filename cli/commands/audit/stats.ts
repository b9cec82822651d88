import type { CallCount } from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { countOption } from "../../global-options.ts";
import { formatTable, printResult } from "../../output.ts";
import { periodOptions } from "./filter-options.ts";
import { countCalls, type Period, toPeriod } from "./search-audit.ts";
import { type Dimension, dimensions, sumBy } from "./sum-by.ts";

interface Arguments extends Period {
  readonly by?: Dimension;
  readonly agent?: string;
  readonly limit?: number;
}

export const stats = defineCommand<Arguments>({
  command: "stats",
  describe: "Count the calls by how they ended, by agent, tool and rule",
  options: {
    ...periodOptions,
    by: { choices: dimensions, requiresArg: true, describe: "Only by this" },
    agent: { type: "string", requiresArg: true, describe: "Only calls of this agent" },
    limit: { alias: "n", ...countOption("Rows of each (default 20)", { min: 1, max: 10_000 }) },
  },
  examples: [["mcpctl audit stats --from 7d --by tool", "The tools of a week (default: a day)"]],
  run: async (args) => {
    const filter = { ...toPeriod(args, Date.now(), "24h"), agent: args.agent ?? "" };
    const counts = await withConnection(args, (connection) => countCalls(connection, filter));
    const wanted = args.by ? [args.by] : dimensions;
    const sums = wanted.map((by) => [by, sumBy(counts, by)] as const);
    const json = {
      calls: total(counts),
      by: Object.fromEntries(sums.map(([by, rows]) => [by, rows.map((it) => ({ ...it }))])),
    };
    await printResult(args.output, json, () =>
      [
        `${total(counts)} calls`,
        ...sums.map(([by, rows]) => toTable(by, rows, args.limit ?? 20)),
      ].join("\n\n"),
    );
  },
});

function toTable(by: Dimension, rows: ReturnType<typeof sumBy>, limit: number): string {
  const cells = rows.slice(0, limit).map(({ name, calls, held }) => [name, `${calls}`, `${held}`]);
  const table = formatTable([by.toUpperCase(), "CALLS", "HELD"], cells);
  const left = rows.length - limit;
  return left > 0 ? `${table}\n${left} more: -n shows them` : table;
}

function total(counts: readonly CallCount[]): number {
  return counts.reduce((sum, { calls }) => sum + calls, 0);
}
