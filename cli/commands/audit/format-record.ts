import { escapeControls } from "../../../core/text/escape-controls.ts";
import type { AuditRecord } from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { formatTime } from "../../times.ts";

/** Widths, because the lines behind are not known yet. A longer cell pushes the others on. */
const columns = [
  ["TIME", 20],
  ["EVENT", 14],
  ["AGENT", 16],
  ["TOOL", 28],
  ["OUTCOME", 14],
  ["RULE", 20],
  ["MS", 0],
] as const;

export const auditHeader = toLine(columns.map(([name]) => name));

/** One line for one record. */
export function formatRecord(record: AuditRecord): string {
  return toLine([
    formatTime(record.time),
    record.event,
    record.agent || (record.operator && `(${record.operator})`),
    record.tool ? `${record.upstream}/${record.tool}` : record.method,
    record.outcome,
    record.decision?.rule ?? "",
    formatMs(record.durationsMs),
  ]);
}

function toLine(cells: readonly string[]): string {
  return cells
    .map((cell, column) => (escapeControls(cell) || "-").padEnd(columns[column]?.[1] ?? 0))
    .join("  ")
    .trimEnd();
}

/** The whole, where the proxy measured it; else the sum of the steps. */
function formatMs({ total, ...steps }: AuditRecord["durationsMs"]): string {
  const measured = Object.values(steps);
  if (total === undefined && measured.length === 0) return "";
  return (total ?? measured.reduce((sum, ms) => sum + ms, 0)).toFixed(1);
}
