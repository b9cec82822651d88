import type { MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  FlowAction,
  FlowEvidence,
  FlowLabel,
  type FlowSchema,
  ScanMode,
  TaintPer,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import {
  compileScanning as compile,
  problemsOfScanning as problemsOf,
  type ScanningInit,
} from "../../test/support/compile-scanning.ts";
import type { CallFacts } from "./call-facts.ts";
import { consult, labellingFor } from "./decide.ts";

type Flow = Extract<MessageInitShape<typeof FlowSchema>, { $typeName?: never }>;

const { READS_PRIVATE, READS_UNTRUSTED, CAN_SEND, DESTRUCTIVE, SUSPICIOUS } = FlowLabel;
const trifecta: Flow = {
  name: "trifecta",
  when: [READS_PRIVATE, READS_UNTRUSTED, CAN_SEND],
  action: FlowAction.APPROVE,
  approval: "people",
};

const problemsOfFlow = (flow: Partial<Flow>) => problemsOf({ flows: [{ ...trifecta, ...flow }] });

function compiled(scanning: ScanningInit) {
  const result = compile(scanning);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policy;
}

function call(tool: string, args: Record<string, unknown> = {}): CallFacts {
  const facts = { agent: "a", groups: [], route: "/mcp", upstream: "files", arguments: args };
  return { ...facts, kind: "tool", name: tool };
}

describe("the flows of a policy", () => {
  it("are about all calls, for the whole agent, for an hour, where nothing else is said", () => {
    const { flows } = compiled({ flows: [trifecta] }).scanning;
    expect(flows).toMatchObject({ taintPer: "agent", taintForMs: 3_600_000, enforces: true });
    expect([...flows.remembers]).toEqual(["reads-private", "reads-untrusted"]);
    expect(flows.flows[0]).toMatchObject({
      mode: "enforce",
      action: "approve",
      approval: "people",
    });
  });

  it("remember what they ask for, and enforce only what is not monitored", () => {
    const monitored = { ...trifecta, when: [SUSPICIOUS, CAN_SEND], mode: ScanMode.MONITOR };
    const { flows } = compiled({
      flows: [monitored, { name: "log", when: [DESTRUCTIVE], action: FlowAction.LOG }],
      sessions: { taintPer: TaintPer.SESSION, taintFor: { seconds: 86_400n } },
    }).scanning;
    expect(flows).toMatchObject({ taintPer: "session", taintForMs: 86_400_000, enforces: false });
    expect([...flows.remembers]).toEqual(["suspicious"]);
    expect(flows.traces).toEqual({ private: false, names: false });
    const named = { ...trifecta, when: [], carries: [FlowEvidence.UNTRUSTED_TARGET] };
    expect(compiled({ flows: [named] }).scanning.flows.traces).toEqual({
      private: false,
      names: true,
    });
  });

  it("look at the calls that they match; one that cannot tell looks, unless it allows", () => {
    const where = "args.to == 'ann'";
    const policy = compiled({
      flows: [
        { ...trifecta, match: { where } },
        {
          name: "other",
          when: [CAN_SEND],
          action: FlowAction.BLOCK,
          match: { tools: ["files/x"] },
        },
        { name: "exempt", action: FlowAction.ALLOW, match: { where } },
      ],
    });
    const names = (facts: CallFacts) => consult(policy, facts).flows.flows.map(({ name }) => name);
    expect(names(call("send", { to: "ann" }))).toEqual(["trifecta", "exempt"]);
    expect(names(call("send", { to: "bob" }))).toEqual([]);
    expect(names(call("x", {}))).toEqual(["trifecta", "other"]);
  });

  it("take the operator's labels; of those that cannot tell, what adds counts and what takes away does not", () => {
    const where = "args.path.startsWith('/hr')";
    const policy = compiled({
      flows: [trifecta],
      labels: [
        { match: { tools: ["files/*"] }, labels: [READS_PRIVATE] },
        { match: { where }, labels: [DESTRUCTIVE] },
        { match: { where }, not: [CAN_SEND] },
      ],
    });
    expect(consult(policy, call("read", { path: "/hr/1" })).flows).toMatchObject({
      labels: ["reads-private", "destructive"],
      not: ["can-send"],
    });
    expect(labellingFor(policy, call("read"))).toMatchObject({
      labels: ["reads-private", "destructive"],
      not: [],
    });
  });

  it.each<[string, Partial<Flow>, string]>([
    ["no action", { action: FlowAction.UNSPECIFIED, approval: "" }, "flows[0].action: is missing"],
    ["no approval", { approval: "" }, "flows[0].approval: is missing"],
    ["an approval that does not exist", { approval: "nobody" }, 'names approval "nobody"'],
    ["an approval for nothing", { action: FlowAction.BLOCK }, "is only for the action approve"],
    ["no labels", { when: [] }, "flows[0].when: is missing"],
    ["a label twice", { when: [CAN_SEND, CAN_SEND] }, "flows[0].when[1]: can-send is there twice"],
    ["an unknown label", { when: [99 as FlowLabel] }, "does not know (99)"],
    ["an unknown mode", { mode: 9 as ScanMode }, "does not know (9)"],
    [
      "resources to be approved",
      { match: { resources: ["files/*"] } },
      "only tool calls can be held",
    ],
    ["methods", { match: { methods: ["files/x"] } }, "match.methods: never match"],
    ["an upstream that does not exist", { match: { tools: ["no/x"] } }, 'names upstream "no"'],
    [
      "prompts that destroy",
      {
        when: [DESTRUCTIVE],
        match: { prompts: ["files/*"] },
        action: FlowAction.BLOCK,
        approval: "",
      },
      "never match: neither prompts nor resources",
    ],
    [
      "allowing for what speaks against a call",
      { action: FlowAction.ALLOW, approval: "", carries: [FlowEvidence.PRIVATE_TEXT] },
      "cannot be a reason to allow it",
    ],
    [
      "allowing that is only monitored",
      { action: FlowAction.ALLOW, approval: "", mode: ScanMode.MONITOR },
      "monitor allows nothing",
    ],
  ])("are refused with %s", (_, flow, problem) => {
    expect(problemsOfFlow(flow).join("\n")).toContain(problem);
  });

  it("are refused with labels that contradict themselves, say nothing, are not for tools, or are for nobody", () => {
    const flows = [trifecta];
    expect(problemsOf({ flows, labels: [{ labels: [CAN_SEND], not: [CAN_SEND] }] })).toEqual([
      "scanning.labels[0].not: takes can-send away, which labels adds",
    ]);
    expect(problemsOf({ flows, labels: [{}] })).toEqual([
      "scanning.labels[0].labels: is missing: write labels, not, or both",
    ]);
    expect(problemsOf({ flows, labels: [{ labels: [SUSPICIOUS] }] }).join()).toContain(
      "scanning.labels[0].labels[0]: suspicious is what results show",
    );
    expect(problemsOf({ labels: [{ labels: [CAN_SEND] }] }).join()).toContain("are of no use");
  });

  it("are refused with a time that is out of bounds", () => {
    expect(problemsOf({ flows: [trifecta], sessions: { taintFor: { seconds: 5n } } })).toEqual([
      "scanning.sessions.taintFor: must be from 1m to 30d, got 5s",
    ]);
  });
});
