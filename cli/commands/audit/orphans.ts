import { toJson } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AuditRecord,
  AuditRecordSchema,
  AuditService,
} from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { countOption } from "../../global-options.ts";
import { formatJson, formatYaml, type OutputFormat, print } from "../../output.ts";
import { auditHeader, formatRecord } from "./format-record.ts";
import { parseMoment } from "./moment.ts";

interface Arguments {
  readonly from: string;
  readonly olderThan: number;
}

export const orphans = defineCommand<Arguments>({
  command: "orphans",
  describe:
    "List calls and acts that began and of whose end there is no record: their process died, or was cut off",
  options: {
    from: {
      type: "string",
      default: "24h",
      requiresArg: true,
      describe: "Only those that began since then",
    },
    olderThan: {
      ...countOption("Only those that have had so many seconds to end", { min: 0, max: 604_800 }),
      default: 300,
    },
  },
  examples: [["mcpctl audit orphans --from 7d", "Of the last week"]],
  run: async ({ from, olderThan, ...args }) => {
    const request = {
      from: timestampFromMs(parseMoment(from, Date.now())),
      olderThanSeconds: olderThan,
    };
    await withConnection(args, async (connection) => {
      const { signal } = new AbortController();
      const found = connection.read(AuditService.method.findOrphans, request, signal);
      if (args.output === "table") await print(auditHeader);
      for await (const { intent, processLives } of found) {
        if (intent) await print(format(intent, processLives, args.output));
      }
    });
  },
});

function format(intent: AuditRecord, processLives: boolean, output: OutputFormat): string {
  if (output === "table") {
    return formatRecord({ ...intent, outcome: processLives ? "may still run" : "no end" });
  }
  const json = { ...(toJson(AuditRecordSchema, intent) as object), processLives };
  return output === "json" ? formatJson(json, 0) : `---\n${formatYaml(json)}`;
}
