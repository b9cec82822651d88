import type { Report } from "./report-data.ts";

/** A part of the report, in any form. */
export interface Section {
  readonly title: string;
  /** Said where there are no rows. */
  readonly none: string;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function sectionsOf(report: Report): readonly Section[] {
  return [
    {
      title: "How calls ended",
      none: "There were no calls.",
      headers: ["Outcome", "Calls"],
      rows: report.outcomes.map(({ outcome, calls }) => [outcome, String(calls)]),
    },
    {
      title: "Who called what",
      none: "There were no calls.",
      headers: ["Agent", "Tool", "Calls", "Outcomes"],
      rows: report.usage.map(({ agent, tool, calls, outcomes }) => [
        agent,
        tool,
        String(calls),
        outcomes,
      ]),
    },
    {
      title: "What was held, and who decided",
      none: "No call was held for a person.",
      headers: ["Approval", "Since", "Agent", "Tool", "Rule", "State", "Decided by", "Call"],
      rows: report.held.map((it) => [
        it.approval,
        it.time,
        it.agent,
        it.tool,
        it.rule,
        it.state,
        it.decidedBy,
        it.outcome,
      ]),
    },
    {
      title: "What the scanner would have done (mode: monitor)",
      none: "It would have done nothing, or no profile only monitors.",
      headers: ["Rule", "Tool", "Agent", "Would", "Calls"],
      rows: report.monitored.map(({ rule, tool, agent, action, calls }) => [
        rule,
        tool,
        agent,
        action,
        String(calls),
      ]),
    },
    {
      title: "What operators did",
      none: "No operator did anything.",
      headers: ["Time", "Operator", "Act", "Outcome", "Details"],
      rows: report.acts.map(({ time, operator, event, outcome, details }) => [
        time,
        operator,
        event,
        outcome,
        details,
      ]),
    },
  ];
}

/** The lines under the title. */
export function preambleOf({ from, to, madeAt, calls, leftOut }: Report): readonly string[] {
  return [
    `Period: ${from} to ${to}. Made at ${madeAt}. ${calls} calls.`,
    ...leftOut.map((what) => `Left out: ${what}.`),
  ];
}
