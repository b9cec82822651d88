import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { formatJson, print } from "../../output.ts";
import { formatTime } from "../../times.ts";
import { periodOptions } from "./filter-options.ts";
import { type Report, toActs, toHeldCalls, toMonitored, toUsage } from "./report/report-data.ts";
import { toHtml } from "./report/to-html.ts";
import { toMarkdown } from "./report/to-markdown.ts";
import { collectRecords, countCalls, type Filter, type Period, toPeriod } from "./search-audit.ts";
import { sumBy } from "./sum-by.ts";

interface Arguments extends Period {
  readonly as: keyof typeof forms;
}

const forms = {
  markdown: toMarkdown,
  html: toHtml,
  json: (report: Report) => formatJson(report),
} as const;

/** Nobody reads longer lists; what they leave out is said. */
const maxRows = 5_000;
const maxRecords = 20_000;

export const report = defineCommand<Arguments>({
  command: "report",
  describe:
    "Report for an auditor: who called what, what was held and who decided, what operators did",
  options: {
    ...periodOptions,
    as: {
      choices: Object.keys(forms),
      default: "markdown",
      requiresArg: true,
      describe: "Form of the report",
    },
  },
  examples: [
    ["mcpctl audit report --from 30d --as html > november.html", "A month (default: a day)"],
  ],
  run: async (args) => {
    const nowMs = Date.now();
    const period = toPeriod(args, nowMs, "24h");
    const made = await withConnection(args, (connection) => gather(connection, period, nowMs));
    await print(forms[args.as](made));
  },
});

async function gather(connection: Connection, period: Filter, nowMs: number): Promise<Report> {
  const counts = await countCalls(connection, period);
  const held = await collectRecords(connection, { ...period, held: true }, maxRecords);
  const acts = await collectRecords(connection, { ...period, acts: true }, maxRecords);
  const monitoring = { ...period, text: "would-" };
  const found = await collectRecords(connection, monitoring, maxRecords);
  const monitored = toMonitored(found.records);
  const usage = toUsage(counts);
  const now = timestampFromMs(nowMs);
  const { from, to = now } = period as { from?: typeof now; to?: typeof now };
  const leftOut = [
    ...(usage.length > maxRows ? [`${usage.length - maxRows} pairs of agent and tool`] : []),
    ...(held.isWhole ? [] : [`what was held after the first ${maxRecords} records of it`]),
    ...(found.isWhole
      ? []
      : [`what was only monitored after the first ${maxRecords} records of it`]),
    ...(monitored.length > maxRows ? [`${monitored.length - maxRows} rows of the scanner`] : []),
    ...(acts.isWhole ? [] : [`what operators did after the first ${maxRecords} acts`]),
  ];
  return {
    from: formatTime(from),
    to: formatTime(to),
    madeAt: formatTime(now),
    calls: counts.reduce((sum, { calls }) => sum + calls, 0),
    leftOut,
    outcomes: sumBy(counts, "outcome").map(({ name, calls }) => ({ outcome: name, calls })),
    usage: usage.slice(0, maxRows),
    held: toHeldCalls(held.records),
    monitored: monitored.slice(0, maxRows),
    acts: toActs(acts.records),
  };
}
