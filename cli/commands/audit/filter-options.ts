import type { Options } from "yargs";
import { type Filter, type Period, toPeriod } from "./search-audit.ts";

/** What people look for. */
export interface FilterArguments extends Period {
  readonly agent?: string;
  readonly tool?: string;
  readonly outcome?: string;
  readonly rule?: string;
  readonly approval?: string;
  readonly event?: string;
  readonly operator?: string;
  readonly call?: string;
  readonly text?: string;
}

const text = (describe: string): Options => ({ type: "string", requiresArg: true, describe });

export const periodOptions: Readonly<Record<string, Options>> = {
  from: text("From that time on: 2026-11-22T08:00:00Z, or so long ago: 15m, 24h, 7d"),
  to: text("Up to that time"),
};

export const filterOptions: Readonly<Record<string, Options>> = {
  ...periodOptions,
  agent: text("Only records of this agent"),
  tool: text("Only of this tool: read, or files/read"),
  outcome: text("Only what ended so: answered, denied, blocked, …"),
  rule: text("Only what this rule decided"),
  approval: text("Only of this approval"),
  event: text("Only this event: call.intent, call.outcome, policy.pushed, …"),
  operator: text("Only what this operator did"),
  call: text("Only records of this call"),
  text: text("Only records that hold this text, in any case of letters"),
};

export function toFilter(args: FilterArguments, nowMs: number): Filter {
  const { agent = "", tool = "", outcome = "", rule = "", approval = "" } = args;
  const { event = "", operator = "", call: id = "", text: words = "" } = args;
  return {
    ...toPeriod(args, nowMs),
    ...{ agent, tool, outcome, rule, approval, event, operator, id },
    text: words,
  };
}
