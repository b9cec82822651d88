import { type CheckDifference, compareChecks } from "./compare.ts";
import type { Check } from "./suite.ts";

/** How the suite reached what it tested. */
export type Way = "direct" | "one proxy" | "three proxies";

export interface Measurement {
  /** Such as "server 2025-11-25". */
  readonly subject: string;
  readonly way: Way;
  readonly checks: readonly Check[];
}

/** The official SDK does not serve tasks: these fail the same way everywhere. */
const failsDirectly = /^tasks-/;
const columns: readonly Way[] = ["direct", "one proxy", "three proxies"];

/** A table with a line for each subject, then every difference. */
export function report(measurements: readonly Measurement[]): {
  readonly lines: readonly string[];
  readonly isEqual: boolean;
} {
  const subjects = [...new Set(measurements.map(({ subject }) => subject))];
  const rows = subjects.map((subject) => toRow(subject, measurements));
  const findings = rows.flatMap(({ subject, findings }) =>
    findings.map((finding) => `${subject}: ${finding}`),
  );
  const table = [
    ["passed / all checks", ...columns, "differences"],
    ...rows.map(({ subject, counts, findings }) => [subject, ...counts, String(findings.length)]),
  ];
  const lines = table.map((cells) =>
    cells
      .map((cell) => cell.padEnd(20))
      .join("")
      .trimEnd(),
  );
  return { lines: [...lines, ...findings], isEqual: findings.length === 0 };
}

function toRow(subject: string, measurements: readonly Measurement[]) {
  const byWay = new Map<Way, Check[]>();
  for (const measurement of measurements) {
    if (measurement.subject !== subject) continue;
    byWay.set(measurement.way, [...(byWay.get(measurement.way) ?? []), ...measurement.checks]);
  }
  const direct = byWay.get("direct") ?? [];
  const findings = [...byWay].flatMap(([way, checks]) =>
    compareChecks(direct, checks).map((difference) => describe(way, difference)),
  );
  return {
    subject,
    counts: columns.map((way) => countPassed(byWay.get(way))),
    findings: [...findBroken(direct), ...findings],
  };
}

/** Two ways that fail alike are equal and prove nothing. */
function findBroken(direct: readonly Check[]): string[] {
  return direct
    .filter(({ scenario, status }) => status === "FAILURE" && !failsDirectly.test(scenario))
    .map(({ scenario, id, errorMessage }) => `fails directly: ${scenario} ${id}: ${errorMessage}`);
}

function describe(way: Way, difference: CheckDifference): string {
  const { scenario, id, status, direct, through, errorMessage = "" } = difference;
  return `${way}: ${scenario} ${id} ${status}: ${direct} times direct, ${through} through. ${errorMessage}`;
}

function countPassed(checks: readonly Check[] | undefined): string {
  if (!checks) return "-";
  const count = (wanted: string) => checks.filter(({ status }) => status === wanted).length;
  const passed = count("SUCCESS");
  return `${passed} / ${passed + count("FAILURE")}`;
}
