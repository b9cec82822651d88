import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Options } from "yargs";
import {
  type AuditLine,
  AuditService,
  type ExportAuditRequestSchema,
} from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import type { Connection } from "../../connection.ts";
import { parseMoment } from "./moment.ts";

/** A stretch of the stream, by the time at which records came. */
export interface Range {
  readonly from?: string;
  readonly to?: string;
}

export const rangeOptions: Readonly<Record<string, Options>> = {
  from: {
    type: "string",
    requiresArg: true,
    describe: "From that time on: 2026-11-22T08:00:00Z, or so long ago: 24h, 7d",
  },
  to: { type: "string", requiresArg: true, describe: "Up to that time" },
};

export function toRange(
  { from, to }: Range,
  nowMs = Date.now(),
): MessageInitShape<typeof ExportAuditRequestSchema> {
  return {
    ...(from !== undefined && { from: timestampFromMs(parseMoment(from, nowMs)) }),
    ...(to !== undefined && { to: timestampFromMs(parseMoment(to, nowMs)) }),
  };
}

/** The records of a stretch as they stand in the stream, oldest first. */
export async function* exportLines(
  connection: Connection,
  request: MessageInitShape<typeof ExportAuditRequestSchema>,
  signal: AbortSignal,
): AsyncGenerator<AuditLine> {
  for await (const { lines } of connection.read(AuditService.method.exportAudit, request, signal)) {
    yield* lines;
  }
}
