import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { formatJson, print } from "../../output.ts";
import { exportLines, type Range, rangeOptions, toRange } from "./export-lines.ts";

/** Hashes are over the values, so that they may be written in a way that is safe to look at. */
function toLine(json: string): string {
  try {
    return formatJson(JSON.parse(json), 0);
  } catch {
    return json;
  }
}

export const exportRecords = defineCommand<Range>({
  command: "export",
  describe:
    "Print records as they stand in the stream, one JSON object per line, to be kept or verified",
  options: rangeOptions,
  examples: [["mcpctl audit export --from 7d > audit.ndjson", "Keep the records of a week"]],
  run: (args) =>
    withConnection(args, async (connection) => {
      const leaving = new AbortController();
      process.stdout.once("error", () => leaving.abort());
      for await (const { json } of exportLines(connection, toRange(args), leaving.signal)) {
        await print(toLine(json));
      }
    }),
});
