import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { countOption } from "../../global-options.ts";
import { print } from "../../output.ts";
import { followAudit, readAudit } from "./follow-audit.ts";
import { auditHeader } from "./format-record.ts";
import { recordIn } from "./print-record.ts";

interface Arguments {
  readonly follow: boolean;
  readonly last?: number;
  readonly agent?: string;
  readonly call?: string;
}

export const tail = defineCommand<Arguments>({
  command: "tail",
  describe: "Print the last records, and with -f every later one",
  options: {
    follow: { alias: "f", type: "boolean", default: false, describe: "Go on until Ctrl-C" },
    last: {
      alias: "n",
      ...countOption("How many of the existing records (default 20)", { min: 0, max: 10_000 }),
    },
    agent: { type: "string", requiresArg: true, describe: "Only records of this agent" },
    call: { type: "string", requiresArg: true, describe: "Only records of this call" },
  },
  examples: [["mcpctl audit tail -f -o json | jq .outcome", "Follow, one JSON object per line"]],
  run: async (args) => {
    const leaving = new AbortController();
    const leave = () => leaving.abort();
    process.once("SIGINT", leave);
    process.stdout.once("error", leave);
    const request = {
      last: args.last ?? 20,
      agent: args.agent ?? "",
      callId: args.call ?? "",
    };
    await withConnection(args, async (connection) => {
      const read = args.follow ? followAudit : readAudit;
      // The header waits for the first record: above a failure it would look like an answer.
      let header = args.output === "table" ? `${auditHeader}\n` : "";
      for await (const record of read(connection, request, leaving.signal)) {
        await print(header + recordIn(record, args.output));
        header = "";
      }
      if (header !== "") await print(auditHeader);
    });
    process.off("SIGINT", leave);
  },
});
