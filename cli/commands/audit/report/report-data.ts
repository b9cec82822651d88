import type {
  AuditRecord,
  CallCount,
} from "../../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { formatTime } from "../../../times.ts";
import { sumBy } from "../sum-by.ts";

/** What is in the report: words and numbers only, for every form alike. */
export interface Report {
  readonly from: string;
  readonly to: string;
  readonly madeAt: string;
  readonly calls: number;
  /** What the report leaves out because there is too much of it. */
  readonly leftOut: readonly string[];
  readonly outcomes: readonly { readonly outcome: string; readonly calls: number }[];
  readonly usage: readonly Usage[];
  readonly held: readonly HeldCall[];
  readonly acts: readonly Act[];
  readonly monitored: readonly Monitored[];
}

/** What the scanner would have done, had its profile not only monitored. */
export interface Monitored {
  readonly rule: string;
  readonly tool: string;
  readonly agent: string;
  /** Such as "block". */
  readonly action: string;
  readonly calls: number;
}

export interface Usage {
  readonly agent: string;
  readonly tool: string;
  readonly calls: number;
  /** Such as "answered 12, denied 1". */
  readonly outcomes: string;
}

export interface HeldCall {
  readonly approval: string;
  readonly time: string;
  readonly agent: string;
  readonly tool: string;
  readonly rule: string;
  readonly state: string;
  readonly decidedBy: string;
  readonly outcome: string;
}

export interface Act {
  readonly time: string;
  readonly operator: string;
  readonly event: string;
  readonly outcome: string;
  readonly details: string;
}

/** Who called what, and how that ended. */
export function toUsage(counts: readonly CallCount[]): Usage[] {
  const groups = new Map<string, CallCount[]>();
  for (const count of counts) {
    const key = JSON.stringify([count.agent, count.tool]);
    groups.set(key, [...(groups.get(key) ?? []), count]);
  }
  return [...groups.values()]
    .map((group) => {
      const outcomes = sumBy(group, "outcome");
      const { agent = "", tool = "" } = group[0] ?? {};
      const calls = outcomes.reduce((sum, it) => sum + it.calls, 0);
      return {
        agent,
        tool,
        calls,
        outcomes: outcomes.map((it) => `${it.name} ${it.calls}`).join(", "),
      };
    })
    .sort((one, other) => one.agent.localeCompare(other.agent) || other.calls - one.calls);
}

/** The calls that people were asked about: one line for each approval, as its last record has it. */
export function toHeldCalls(records: readonly AuditRecord[]): HeldCall[] {
  const groups = new Map<string, AuditRecord[]>();
  for (const record of records) {
    const id = record.approval?.id ?? "";
    groups.set(id, [...(groups.get(id) ?? []), record]);
  }
  return [...groups].map(([approval, group]) => {
    const last = <Value>(read: (record: AuditRecord) => Value | undefined) =>
      group.map(read).findLast((value) => value !== undefined && value !== "");
    const deciders = group.flatMap((it) => [
      ...(it.approval?.approvers ?? []),
      ...(/^approval\.(decided|break-glass|revoked)$/.test(it.event) ? [it.operator] : []),
    ]);
    return {
      approval,
      time: formatTime(group[0]?.time),
      agent: last((it) => it.agent) ?? "",
      tool: last((it) => (it.tool === "" ? "" : `${it.upstream}/${it.tool}`)) ?? "",
      rule: last((it) => it.decision?.rule) ?? "",
      state: last((it) => it.approval?.state) ?? "",
      decidedBy: [...new Set(deciders.filter((it) => it !== ""))].join(", "),
      outcome: last((it) => (it.event === "call.outcome" ? it.outcome : "")) ?? "",
    };
  });
}

/** Of each call the rules that found something, each once, with what would have been done; the most calls first. */
export function toMonitored(records: readonly AuditRecord[]): Monitored[] {
  const counts = new Map<string, number>();
  for (const { event, agent, upstream, tool, method, findings } of records) {
    if (event !== "call.outcome" && event !== "request") continue;
    const subject = tool === "" ? method : `${upstream}/${tool}`;
    const keys = findings
      .filter(({ action }) => action.startsWith("would-"))
      .map(({ rule, action }) =>
        JSON.stringify([rule, subject, agent, action.slice("would-".length)]),
      );
    for (const key of new Set(keys)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .map(([key, calls]) => {
      const [rule, tool, agent, action] = JSON.parse(key) as [string, string, string, string];
      return { rule, tool, agent, action, calls };
    })
    .sort((one, other) => other.calls - one.calls || one.rule.localeCompare(other.rule));
}

export function toActs(records: readonly AuditRecord[]): Act[] {
  return records.map(({ time, operator, event, outcome, details, approval }) => ({
    time: formatTime(time),
    operator,
    event,
    outcome,
    details: [
      ...(approval ? [`approval ${approval.id} ${approval.state}`.trim()] : []),
      ...Object.entries(details).map(([key, value]) => `${key}: ${value}`),
    ].join("; "),
  }));
}
