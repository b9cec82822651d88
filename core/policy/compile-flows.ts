import {
  type Flow,
  FlowAction,
  FlowEvidence,
  FlowLabel,
  type FlowSessions,
  type Labelling,
  ScanMode,
  type Scanning,
  TaintPer,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledFlow, CompiledFlows, CompiledLabelling } from "./compiled-flows.ts";
import type { CompiledApproval } from "./compiled-policy.ts";
import { checkNames, checkReference, durationMs } from "./fields.ts";
import {
  type CallLabel,
  callLabels,
  type FlowEvidenceName,
  type FlowLabelName,
  isSessionLabel,
} from "./flow-labels.ts";
import type { MatchCompiler } from "./match-compiler.ts";
import type { Problems } from "./problems.ts";

const labelNames: ReadonlyMap<number, FlowLabelName> = new Map([
  [FlowLabel.READS_PRIVATE, "reads-private"],
  [FlowLabel.READS_UNTRUSTED, "reads-untrusted"],
  [FlowLabel.CAN_SEND, "can-send"],
  [FlowLabel.DESTRUCTIVE, "destructive"],
  [FlowLabel.SUSPICIOUS, "suspicious"],
]);

const evidenceNames: ReadonlyMap<number, FlowEvidenceName> = new Map([
  [FlowEvidence.PRIVATE_TEXT, "private-text"],
  [FlowEvidence.PRIVATE_SECRET, "private-secret"],
  [FlowEvidence.UNTRUSTED_TARGET, "untrusted-target"],
  [FlowEvidence.DENSE_ADDRESS, "dense-address"],
]);

const actionNames: ReadonlyMap<number, CompiledFlow["action"]> = new Map([
  [FlowAction.ALLOW, "allow"],
  [FlowAction.LOG, "log"],
  [FlowAction.APPROVE, "approve"],
  [FlowAction.BLOCK, "block"],
]);

const taintRange = { fallbackMs: 3_600_000, minMs: 60_000, maxMs: 30 * 86_400_000 };
const maxFlows = 100;
const maxLabellings = 1_000;

/** Without any: nothing is remembered of anybody. */
export const emptyFlows: CompiledFlows = {
  flows: [],
  labels: [],
  taintPer: "agent",
  taintForMs: taintRange.fallbackMs,
  remembers: new Set(),
  traces: { private: false, names: false },
  enforces: false,
};

interface Surroundings {
  readonly approvals: ReadonlyMap<string, CompiledApproval>;
  readonly compileMatch: MatchCompiler;
}

/** Compiles what is said of flows. `problems` is at `scanning`. */
export function compileFlows(
  scanning: Scanning,
  surroundings: Surroundings,
  problems: Problems,
): CompiledFlows {
  const { flows, labels, sessions, vault } = scanning;
  checkNames(flows, problems.at("flows"));
  if (flows.length > maxFlows) problems.at("flows").add(`are more than ${maxFlows}`);
  if (labels.length > maxLabellings) problems.at("labels").add(`are more than ${maxLabellings}`);
  if (flows.length === 0 && !vault && labels.length > 0) {
    problems
      .at("labels")
      .add("are of no use: there are no flows that look at them, and no vault that does");
  }
  const compiled = flows.map((flow, index) =>
    compileFlow(flow, surroundings, problems.at("flows").at(index)),
  );
  return {
    flows: compiled,
    remembers: new Set(compiled.flatMap(({ when }) => when.filter(isSessionLabel))),
    traces: {
      private: compiled.some(({ carries }) => carries.some((it) => it.startsWith("private-"))),
      names: compiled.some(({ carries }) => carries.includes("untrusted-target")),
    },
    enforces: compiled.some(isEnforced),
    labels: labels.map((labelling, index) =>
      compileLabelling(labelling, surroundings, problems.at("labels").at(index)),
    ),
    ...sessionsOf(sessions, problems.at("sessions")),
  };
}

function isEnforced({ action, mode }: CompiledFlow): boolean {
  return mode === "enforce" && (action === "approve" || action === "block");
}

function sessionsOf(sessions: FlowSessions | undefined, problems: Problems) {
  const taintPer = sessions?.taintPer ?? TaintPer.UNSPECIFIED;
  if (taintPer > TaintPer.SESSION) {
    problems.at("taintPer").add(`is a value this release does not know (${taintPer})`);
  }
  return {
    taintPer: taintPer === TaintPer.SESSION ? ("session" as const) : ("agent" as const),
    taintForMs: durationMs(sessions?.taintFor, taintRange, problems.at("taintFor")),
  };
}

function compileFlow(
  flow: Flow,
  { approvals, compileMatch }: Surroundings,
  problems: Problems,
): CompiledFlow {
  const action = actionOf(flow, problems.at("action"));
  const when = namesOf(labelNames, flow.when, problems.at("when"));
  const carries = namesOf(evidenceNames, flow.carries, problems.at("carries"));
  if (when.length === 0 && carries.length === 0 && action !== "allow") {
    problems
      .at("when")
      .add("is missing: without labels and `carries` it would be about every call");
  }
  if (action === "allow" && carries.length > 0) {
    problems.at("carries").add("speaks against a call: it cannot be a reason to allow it");
  }
  if (action === "allow" && flow.mode === ScanMode.MONITOR) {
    problems.at("mode").add("monitor allows nothing: leave the flow out");
  }
  if (flow.mode > ScanMode.MONITOR) {
    problems.at("mode").add(`is a mode this release does not know (${flow.mode})`);
  }
  checkSubjects(flow, action, problems.at("match"));
  const approval = approvalOf(flow, approvals, { action, problems });
  return {
    name: flow.name,
    when,
    carries,
    matcher: compileMatch(flow.match, problems.at("match")),
    action,
    ...(approval !== undefined && { approval }),
    mode: flow.mode === ScanMode.MONITOR ? "monitor" : "enforce",
    reason: flow.reason,
  };
}

function actionOf({ action }: Flow, problems: Problems): CompiledFlow["action"] {
  const name = actionNames.get(action);
  if (name) return name;
  const found = action === FlowAction.UNSPECIFIED ? "is missing" : `is unknown (${action})`;
  problems.add(`${found}: write allow, log, approve or block`);
  return "block";
}

/** A flow that can match nothing leaves open what it should close. */
function checkSubjects(flow: Flow, action: CompiledFlow["action"], problems: Problems): void {
  const { match, when } = flow;
  if (!match) return;
  if (match.methods.length > 0) {
    problems.at("methods").add("never match: flows are about tools, prompts and resources");
  }
  const namesTools = match.tools.length > 0 || match.operations.length > 0;
  if (namesTools) return;
  for (const field of ["prompts", "resources"] as const) {
    if (match[field].length === 0) continue;
    if (action === "approve") {
      problems.at(field).add("cannot be approved: only tool calls can be held");
    }
    if (when.includes(FlowLabel.DESTRUCTIVE)) {
      problems.at(field).add("never match: neither prompts nor resources are destructive");
    }
  }
}

function approvalOf(
  flow: Flow,
  approvals: ReadonlyMap<string, CompiledApproval>,
  { action, problems }: { readonly action: CompiledFlow["action"]; readonly problems: Problems },
): string | undefined {
  const at = problems.at("approval");
  if (action !== "approve") {
    if (flow.approval !== "") at.add("is only for the action approve");
    return undefined;
  }
  if (flow.approval === "") {
    at.add("is missing: name the entry of approvals that decides");
    return undefined;
  }
  checkReference(flow.approval, new Set(approvals.keys()), "approval", at);
  return flow.approval;
}

function compileLabelling(
  { match, labels, not }: Labelling,
  { compileMatch }: Surroundings,
  problems: Problems,
): CompiledLabelling {
  const added = callLabelsOf(labels, problems.at("labels"));
  const removed = callLabelsOf(not, problems.at("not"));
  if (added.length === 0 && removed.length === 0) {
    problems.at("labels").add("is missing: write labels, not, or both");
  }
  for (const label of added) {
    if (removed.includes(label)) problems.at("not").add(`takes ${label} away, which labels adds`);
  }
  if ((match?.methods.length ?? 0) > 0) {
    problems.at("match").at("methods").add("have no labels: only tools, prompts and resources do");
  }
  return { matcher: compileMatch(match, problems.at("match")), labels: added, not: removed };
}

function callLabelsOf(numbers: readonly number[], problems: Problems): CallLabel[] {
  return namesOf(labelNames, numbers, problems).flatMap((name, index) => {
    const label = callLabels.find((it) => it === name);
    if (!label) problems.at(index).add(`${name} is what results show, and no label of a tool`);
    return label ?? [];
  });
}

function namesOf<Name extends string>(
  names: ReadonlyMap<number, Name>,
  numbers: readonly number[],
  problems: Problems,
): Name[] {
  const found: Name[] = [];
  numbers.forEach((number, index) => {
    const name = names.get(number);
    if (!name) problems.at(index).add(`is a value this release does not know (${number})`);
    else if (found.includes(name)) problems.at(index).add(`${name} is there twice`);
    else found.push(name);
  });
  return found;
}
