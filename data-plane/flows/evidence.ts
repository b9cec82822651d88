import type { CompiledFlow } from "../../core/policy/compiled-flows.ts";
import type { CallLabel, FlowLabelName, SessionLabel } from "../../core/policy/flow-labels.ts";
import type { Finding } from "../call/finding.ts";
import { isOwn } from "./find-flows.ts";
import type { Source, Taint } from "./taint-store.ts";

const actions: Readonly<
  Record<Exclude<CompiledFlow["action"], "allow">, readonly [Finding["action"], Finding["action"]]>
> = {
  log: ["logged", "logged"],
  approve: ["held", "would-hold"],
  block: ["blocked", "would-block"],
};

/** Why a flow is complete, for records and for the people who decide. */
export function findingsOf(
  flow: CompiledFlow,
  labels: ReadonlySet<CallLabel>,
  taint: Taint,
): Finding[] {
  if (flow.action === "allow") return [];
  const [enforced, monitored] = actions[flow.action];
  const action = flow.mode === "monitor" ? monitored : enforced;
  const details = flow.when.map((label) =>
    isOwn(label, labels) ? ownWords[label] : wordsOf(label as SessionLabel, taint),
  );
  return details.map((detail) => ({
    rule: `flow.${flow.name}`,
    direction: "arguments",
    pointer: "",
    action,
    detail,
  }));
}

const ownWords: Readonly<Record<FlowLabelName, string>> = {
  "can-send": "this call can send what it is given to others",
  destructive: "this call can destroy or overwrite",
  "reads-private": "this call reads private data itself",
  "reads-untrusted": "this call reads what others wrote",
  suspicious: "this call is suspicious",
};

function wordsOf(label: SessionLabel, taint: Taint): string {
  const source = taint.get(label);
  return `${sessionWords[label]}${source ? ` by ${describeSource(source)}` : ""}`;
}

const sessionWords: Readonly<Record<SessionLabel, string>> = {
  "reads-private": "private data was read",
  "reads-untrusted": "untrusted text was read",
  suspicious: "text with signs of instructions to the model was read",
};

function describeSource({ call, tool, at }: Source): string {
  return `call ${call} of ${tool} at ${new Date(at).toISOString()}`;
}

/** The same in a few words, for the model that is refused. */
export function describeFlow({ when }: CompiledFlow): string {
  return when.map((label) => shortWords[label]).join(", ");
}

const shortWords: Readonly<Record<FlowLabelName, string>> = {
  "reads-private": "private data was read",
  "reads-untrusted": "text that others wrote was read",
  suspicious: "a result seemed to give you instructions",
  "can-send": "this call could send it out",
  destructive: "this call could destroy something",
};
