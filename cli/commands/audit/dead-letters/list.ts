import { visible } from "../../../../core/pins/visible.ts";
import {
  ExportService,
  type ListDeadLettersResponse,
  ListDeadLettersResponseSchema,
} from "../../../../proto/gen/mcpgateway/v1/export_service_pb.ts";
import { defineCommand } from "../../../command.ts";
import { withConnection } from "../../../connection.ts";
import { countOption } from "../../../global-options.ts";
import { formatTable, listToJson, printResult } from "../../../output.ts";
import { formatTime } from "../../../times.ts";
import { exporterArgument } from "./which-letters.ts";

interface Arguments {
  readonly exporter?: string;
  readonly n: number;
  readonly after?: string;
}

const shownReason = 120;

export const list = defineCommand<Arguments>({
  command: "list [exporter]",
  describe: "Show what the SIEM refuses, and why; -o json shows the records too",
  positionals: { exporter: exporterArgument },
  options: {
    n: { ...countOption("At most so many", { min: 1, max: 200 }), default: 50 },
    after: { type: "string", requiresArg: true, describe: "Those after this one" },
  },
  examples: [["mcpctl audit dead-letters list archive", "Those of the exporter archive"]],
  run: async ({ exporter = "siem", n, after = "", ...args }) => {
    const request = { exporter, pageSize: n, after };
    const response = await withConnection(args, (connection) =>
      connection.call(ExportService.method.listDeadLetters, request),
    );
    await printResult(args.output, listToJson(ListDeadLettersResponseSchema, response), () =>
      describeLetters(exporter, response),
    );
  },
});

function describeLetters(exporter: string, response: ListDeadLettersResponse): string {
  const { deadLetters, total, retrying } = response;
  const table = formatTable(
    ["ID", "REFUSED", "EVENT", "RECORD", "BYTES", "REASON"],
    deadLetters.map((letter) => [
      letter.id,
      formatTime(letter.refusedAt),
      visible(letter.event),
      visible(letter.recordId),
      String(letter.bytes),
      // A receiver wrote it.
      visible(letter.reason.slice(0, shownReason)),
    ]),
  );
  const last = deadLetters.at(-1);
  const isCut = last !== undefined && deadLetters.length < total;
  return [
    deadLetters.length === 0 ? `exporter ${exporter} has no dead letters` : table,
    ...(isCut ? [`${total} altogether; --after ${last.id} shows what follows`] : []),
    ...(retrying > 0 ? [`${retrying} are being sent again`] : []),
  ].join("\n");
}
