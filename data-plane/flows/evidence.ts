import type { CompiledFlow } from "../../core/policy/compiled-flows.ts";
import type {
  FlowEvidenceName,
  FlowLabelName,
  SessionLabel,
} from "../../core/policy/flow-labels.ts";
import type { Finding } from "../call/finding.ts";
import type { Flowing } from "./call-traces.ts";
import { isOwn, type Known } from "./find-flows.ts";
import type { Source } from "./taint.ts";
import type { Trace } from "./trace/trace-batch.ts";

const actions: Readonly<
  Record<Exclude<CompiledFlow["action"], "allow">, readonly [Finding["action"], Finding["action"]]>
> = {
  log: ["logged", "logged"],
  approve: ["held", "would-hold"],
  block: ["blocked", "would-block"],
};

/** Why a flow is complete, for records and for the people who decide. */
export function findingsOf(flow: CompiledFlow, { labels, taint, flowing }: Known): Finding[] {
  if (flow.action === "allow") return [];
  const [enforced, monitored] = actions[flow.action];
  const action = flow.mode === "monitor" ? monitored : enforced;
  const found = { rule: `flow.${flow.name}`, direction: "arguments" as const, action };
  const details = flow.when.map((label) =>
    isOwn(label, labels) ? ownWords[label] : wordsOf(label as SessionLabel, taint.labels),
  );
  const carried = flowing.filter(({ evidence }) => flow.carries.includes(evidence));
  const places = new Map(carried.map((it) => [flowWords(it), it.pointer]));
  return [
    ...[...places].slice(0, maxPlaces).map(([detail, pointer]) => ({ ...found, pointer, detail })),
    ...details.map((detail) => ({ ...found, pointer: "", detail })),
  ];
}

const maxPlaces = 10;
const maxPointerLength = 100;

/** What flows where, but not what it is. */
function flowWords({ evidence, source, kind, pointer, through }: Flowing): string {
  if (evidence === "dense-address") {
    return `${pointer.slice(0, maxPointerLength)} holds an address with a long part that is no words`;
  }
  if (kind === undefined) return "the arguments are too long to be looked through for it";
  const from = source ? describeSource(source) : "an earlier call";
  const place = pointer.slice(0, maxPointerLength) || "the arguments";
  const disguise = through === undefined ? "" : ` (${through})`;
  if (evidence === "untrusted-target") {
    return `${place}${disguise} names ${nameWords[kind]} that ${from} said first`;
  }
  const what = evidence === "private-secret" ? "a secret" : "text";
  return `${what} of ${from} flows to ${place}${disguise}`;
}

const nameWords: Readonly<Record<Trace["kind"], string>> = {
  text: "a text",
  secret: "a secret",
  host: "a host",
  email: "a mail address",
  path: "a path",
  account: "an account",
};

const ownWords: Readonly<Record<FlowLabelName, string>> = {
  "can-send": "this call can send what it is given to others",
  destructive: "this call can destroy or overwrite",
  "reads-private": "this call reads private data itself",
  "reads-untrusted": "this call reads what others wrote",
  suspicious: "this call is suspicious",
};

function wordsOf(label: SessionLabel, sources: ReadonlyMap<SessionLabel, Source>): string {
  const source = sources.get(label);
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
export function describeFlow({ when, carries }: CompiledFlow): string {
  const read = when.map((label) => shortWords[label]);
  return [...read, ...carries.map((evidence) => carriedWords[evidence])].join(", ");
}

const carriedWords: Readonly<Record<FlowEvidenceName, string>> = {
  "private-text": "text that was read as private would leave",
  "private-secret": "a secret that was read would leave",
  "dense-address": "an address has a long part that is no words and could be what was read",
  "untrusted-target": "the arguments name what text of others named first",
};

const shortWords: Readonly<Record<FlowLabelName, string>> = {
  "reads-private": "private data was read",
  "reads-untrusted": "text that others wrote was read",
  suspicious: "a result seemed to give you instructions",
  "can-send": "this call could send it out",
  destructive: "this call could destroy something",
};
