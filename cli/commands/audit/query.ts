import {
  type AuditRecord,
  AuditService,
  type QueryAuditResponse,
} from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { countOption } from "../../global-options.ts";
import { note, type OutputFormat, print } from "../../output.ts";
import { type FilterArguments, filterOptions, toFilter } from "./filter-options.ts";
import { auditHeader } from "./format-record.ts";
import { recordIn } from "./print-record.ts";

interface Arguments extends FilterArguments {
  readonly limit?: number;
  readonly after?: string;
  readonly oldestFirst: boolean;
}

/** A search that goes on says so. */
const tellEvery = 250_000;
const maxPageSize = 500;

export const query = defineCommand<Arguments>({
  command: "query",
  describe: "Find records, newest first",
  options: {
    ...filterOptions,
    limit: { alias: "n", ...countOption("At most so many (default 50)", { min: 1, max: 100_000 }) },
    after: { type: "string", requiresArg: true, describe: "Go on where an earlier query ended" },
    "oldest-first": { type: "boolean", default: false, describe: "Begin at the other end" },
  },
  examples: [
    ["mcpctl audit query --from 1h --outcome denied", "What was denied in the last hour"],
    ["mcpctl audit query --agent ci-bot --text DE02 -o json", "One JSON object per line"],
  ],
  run: async (args) => {
    const { limit = 50, oldestFirst, output } = args;
    const filter = toFilter(args, Date.now());
    await withConnection(args, async (connection) => {
      const progress = new Progress(limit);
      let cursor = args.after ?? "";
      do {
        const pageSize = Math.min(limit - progress.found, maxPageSize);
        const request = { filter, oldestFirst, cursor, pageSize };
        const page = await connection.call(AuditService.method.queryAudit, request);
        await printPage(page.records, output, progress.found === 0);
        cursor = page.cursor;
        progress.add(page);
      } while (cursor !== "" && progress.found < limit);
      progress.tellEnd(cursor);
    });
  },
});

async function printPage(
  records: readonly AuditRecord[],
  output: OutputFormat,
  isFirst: boolean,
): Promise<void> {
  // The header waits for the first record: above a failure it would look like an answer.
  if (output === "table" && isFirst && records.length > 0) await print(auditHeader);
  for (const record of records) await print(recordIn(record, output));
}

/** Says beside the result how far the search has come. */
class Progress {
  found = 0;
  readonly #limit: number;
  #scanned = 0;
  #toldAt = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add({ records, scanned, cursor }: QueryAuditResponse): void {
    this.found += records.length;
    this.#scanned += scanned;
    if (this.#scanned - this.#toldAt < tellEvery || cursor === "") return;
    this.#toldAt = this.#scanned;
    note(`note: looked at ${this.#scanned} records; Ctrl-C ends, --after ${cursor} goes on`);
  }

  tellEnd(cursor: string): void {
    if (cursor !== "" && this.found >= this.#limit) {
      note(`note: there may be more: --after ${cursor}`);
    } else if (this.found === 0) note(`note: none of ${this.#scanned} records matches`);
  }
}
