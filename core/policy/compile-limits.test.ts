import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { Action, type LimitSchema, PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CallFacts } from "./call-facts.ts";
import { compilePolicy } from "./compile.ts";
import { type Charge, consult } from "./decide.ts";

type LimitInit = Extract<MessageInitShape<typeof LimitSchema>, { $typeName?: never }>;

const window = { seconds: 60n };

it("takes a window of its own, several windows and calls at a time together", () => {
  const windows = [
    { requests: 10, window: { seconds: 1n } },
    { cost: 500, window: { seconds: 86_400n } },
  ];

  const { limit } = chargeOf({ requests: 100, cost: 20, window, windows, concurrent: 8 });

  expect(limit.quotas).toEqual([
    { kind: "requests", amount: 100, windowMs: 60_000 },
    { kind: "cost", amount: 20, windowMs: 60_000 },
    { kind: "requests", amount: 10, windowMs: 1_000 },
    { kind: "cost", amount: 500, windowMs: 86_400_000 },
    { kind: "concurrent", amount: 8 },
  ]);
});

it("may be about calls at a time alone", () => {
  expect(chargeOf({ concurrent: 3 }).limit.quotas).toEqual([{ kind: "concurrent", amount: 3 }]);
});

it("asks the highest price of those that match, and never less because a condition fails", () => {
  const costOf = (costs: LimitInit["costs"], args = {}) =>
    chargeOf({ cost: 100, window, ...(costs && { costs }) }, args).cost;
  const free = { match: { tools: ["files/*"] }, cost: 0 };

  expect(costOf([])).toBe(1);
  expect(costOf([free])).toBe(0);
  expect(costOf([free, { match: { tools: ["files/write"] }, cost: 7 }])).toBe(7);
  expect(costOf([{ match: { tools: ["files/read"] }, cost: 7 }])).toBe(1);
  expect(costOf([{ match: { where: "args.rows > 5" }, cost: 9 }], { rows: 6 })).toBe(9);
  expect(costOf([{ match: { where: "args.rows > 5" }, cost: 9 }], { rows: 5 })).toBe(1);
  expect(costOf([{ match: { where: "args.rows > 5" }, cost: 9 }])).toBe(9);
  expect(costOf([{ match: { where: "args.rows > 5" }, cost: 0 }])).toBe(1);
});

it.each([
  { given: { customer: "c-1" }, value: "c-1" },
  { given: { customer: 1 }, value: "1" },
  { given: { customer: "1" }, value: "1" },
  { given: { customer: true }, value: "true" },
  { given: {}, value: undefined },
  { given: { customer: null }, value: undefined },
  { given: { customer: ["c-1"] }, value: undefined },
  { given: { customer: { id: "c-1" } }, value: undefined },
])("counts by the value of an expression: of $given it is $value", ({ given, value }) => {
  const { values } = chargeOf({ requests: 1, window, perValueOf: ["args.customer"] }, given);
  expect(values).toEqual([value]);
});

function chargeOf(limit: LimitInit, args: Record<string, unknown> = {}): Charge {
  const result = compilePolicy(
    create(PolicySchema, {
      apiVersion: "mcpgateway/v1",
      kind: "Policy",
      metadata: { name: "test" },
      upstreams: [{ name: "files", url: "http://127.0.0.1:9000/mcp" }],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
      limits: [{ name: "a-limit", ...limit }],
    }),
  );
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const call: CallFacts = {
    agent: "ann",
    groups: [],
    route: "/mcp",
    upstream: "files",
    kind: "tool",
    name: "write",
    arguments: args,
  };
  const [charge] = consult(result.policy, call).charges;
  if (!charge) throw new Error("the limit does not match");
  return charge;
}
