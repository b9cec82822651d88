import type { Line } from "./tally.ts";

/** A line with what follows from its counts: shares from 0 to 1, undefined where there is nothing to share. */
export interface ReportedLine extends Line {
  readonly recall: number | undefined;
  /** Of what was found, what was to be found. */
  readonly precision: number | undefined;
  readonly falseAlarmRate: number | undefined;
  readonly microsecondsPerKilobyte: number | undefined;
}

/** The bytes of a set, and the milliseconds that each detector needed for them. */
export interface SetTimes {
  bytes: number;
  readonly ms: Map<string, number>;
}

export function reportOf(
  lines: readonly Line[],
  times: ReadonlyMap<string, SetTimes>,
): readonly ReportedLine[] {
  return lines.map((line) => ({
    ...line,
    recall: shareOf(line.found, line.wanted),
    // Without samples of both kinds it would be 0 or 1, and say nothing.
    precision:
      line.wanted === 0 || (line.clean === 0 && !line.spans)
        ? undefined
        : shareOf(line.found, line.found + line.falseAlarms),
    falseAlarmRate: shareOf(line.falseAlarms, line.clean),
    microsecondsPerKilobyte: speedOf(line, times.get(line.set)),
  }));
}

/** The table that people read. Detectors that found nothing where there is nothing are left out. */
export function tableOf(lines: readonly ReportedLine[]): string {
  const rows = lines
    .filter((it) => it.wanted > 0 || it.falseAlarms > 0 || it.detector === "any")
    .map((it) => [
      it.set,
      it.detector,
      percent(it.recall, `${it.found}/${it.wanted}`),
      it.spans ? "-" : percent(shareOf(it.acted, it.wanted), `${it.acted}/${it.wanted}`),
      percent(it.precision, `${it.found}/${it.found + it.falseAlarms}`),
      percent(it.falseAlarmRate, `${it.falseAlarms}/${it.clean}`),
      percent(shareOf(it.blocked, it.clean), `${it.blocked}/${it.clean}`),
      String(it.microsecondsPerKilobyte ?? "-"),
    ]);
  return aligned([
    [
      "set",
      "detector",
      "recall",
      "blocked",
      "precision",
      "false alarms",
      "of them blocked",
      "µs per KiB",
    ],
    ...rows,
  ]);
}

function speedOf({ detector }: Line, times: SetTimes | undefined): number | undefined {
  const ms = times?.ms.get(detector) ?? times?.ms.get(detector.split(".")[0] ?? "");
  if (!times || ms === undefined) return undefined;
  return Math.round((ms * 1_000) / Math.max(1, times.bytes / 1_024));
}

function shareOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

function percent(share: number | undefined, counts: string): string {
  return share === undefined ? "-" : `${(share * 100).toFixed(1)} % (${counts})`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
