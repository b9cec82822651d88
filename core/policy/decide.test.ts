import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Action, PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CallFacts } from "./call-facts.ts";
import { compilePolicy } from "./compile.ts";
import { consult, mayUse } from "./decide.ts";

type PolicyInit = Extract<MessageInitShape<typeof PolicySchema>, { $typeName?: never }>;

const allowAll = { name: "allow-all", match: {}, action: Action.ALLOW };

describe("a call", () => {
  it("is denied when no rule mentions it", () => {
    expect(decide({ rules: [] })).toMatchObject({
      effect: "deny",
      rule: undefined,
      reason: "no rule allows this call",
    });
  });

  it.each([
    { given: ["allow", "approve", "deny"], effect: "deny" },
    { given: ["deny", "approve", "allow"], effect: "deny" },
    { given: ["allow", "approve"], effect: "approve" },
    { given: ["approve", "allow"], effect: "approve" },
    { given: ["allow"], effect: "allow" },
  ])("is met with $effect by the rules $given, in any order", ({ given, effect }) => {
    expect(decide({ rules: given.map(ruleWith) }).effect).toBe(effect);
  });

  it.each([
    { match: { agents: ["analyst-*"] }, effect: "allow" },
    { match: { agents: ["intern-*"] }, effect: "deny" },
    { match: { groups: ["data"] }, effect: "allow" },
    { match: { groups: ["data"], agents: ["intern-*"] }, effect: "deny" },
    { match: { tools: ["files/read_*"] }, effect: "allow" },
    { match: { tools: ["*/read_text"] }, effect: "allow" },
    { match: { tools: ["files/write_*"] }, effect: "deny" },
    { match: { routes: ["/mcp/*"] }, effect: "allow" },
    { match: { routes: ["/other"] }, effect: "deny" },
    { match: { prompts: ["files/*"] }, effect: "deny" },
    { match: { where: 'args.path.startsWith("/srv/")' }, effect: "allow" },
    { match: { where: 'args.path == "/etc/passwd"' }, effect: "deny" },
    { match: { where: 'agent.id == "analyst-1" && "data" in agent.groups' }, effect: "allow" },
    { match: { where: 'tool == "read_text" && upstream == "files"' }, effect: "allow" },
    { match: { tenants: ["acme"] }, effect: "allow" },
    { match: { tenants: ["other"] }, effect: "deny" },
    { match: { where: 'agent.tenant == "acme"' }, effect: "allow" },
  ])("is met with $effect by an allow rule for $match", ({ match, effect }) => {
    expect(decide({ rules: [{ name: "the-rule", match, action: Action.ALLOW }] }).effect).toBe(
      effect,
    );
  });

  it("belongs to the operations whose tools and condition it meets", () => {
    const decision = decide({
      operations: [
        { name: "read", tools: ["files/read_*"] },
        { name: "read-srv", tools: ["files/*"], where: 're(args.path, "^/srv/")' },
        { name: "read-etc", tools: ["files/*"], where: 're(args.path, "^/etc/")' },
      ],
      rules: [
        { name: "no-srv", match: { operations: ["read-srv"] }, action: Action.DENY },
        allowAll,
      ],
    });
    expect(decision).toMatchObject({
      effect: "deny",
      rule: "no-srv",
      operations: ["read", "read-srv"],
    });
  });
});

describe("a condition that cannot be evaluated", () => {
  const failing = { where: "args.missing.deeper == 1" };

  it.each([
    { action: "deny", effect: "deny" },
    { action: "approve", effect: "approve" },
  ])("counts as a match for $action", ({ action, effect }) => {
    const rules = [{ ...ruleWith(action), match: failing }, allowAll];
    expect(decide({ rules }).effect).toBe(effect);
  });

  it("counts as no match for allow", () => {
    expect(decide({ rules: [{ ...allowAll, match: failing }] }).effect).toBe("deny");
  });

  it("makes an operation count for deny, and not for allow", () => {
    const operations = [{ name: "odd", tools: ["files/*"], ...failing }];
    const match = { operations: ["odd"] };
    const denying = [{ name: "no", match, action: Action.DENY }, allowAll];
    expect(decide({ operations, rules: denying }).effect).toBe("deny");
    expect(decide({ operations, rules: [{ ...allowAll, match }] }).effect).toBe("deny");
  });

  it("lets a limit count the call and leaves an override of the scan alone", () => {
    const { charges, scan } = consult(
      compiled({
        limits: [{ name: "odd", match: failing, requests: 1, window: { seconds: 60n } }],
        scanning: {
          profiles: [{ name: "standard", arguments: { secrets: 4 } }],
          overrides: [{ match: failing, arguments: { secrets: 1 } }],
        },
      }),
      call(),
    );
    expect(charges.map(({ limit }) => limit.name)).toEqual(["odd"]);
    expect(scan.arguments.secrets).toBe("block");
  });
});

it("asks for the largest quorum when several rules want an approval", () => {
  const approvals = [
    { name: "one", quorum: 1 },
    { name: "two", quorum: 2 },
  ];
  const rules = ["one", "two"].map((approval) => ({
    name: `rule-${approval}`,
    match: {},
    action: Action.APPROVE,
    approval,
  }));
  for (const order of [rules, rules.toReversed()]) {
    expect(decide({ approvals, rules: order })).toMatchObject({ approval: { name: "two" } });
  }
});

describe("a list", () => {
  it.each([
    { rules: [], visible: false },
    { rules: [allowAll], visible: true },
    { rules: [{ ...allowAll, match: { where: 'args.path == "/only/this"' } }], visible: true },
    { rules: [ruleWith("approve")], visible: true },
    { rules: [allowAll, ruleWith("deny")], visible: false },
    {
      rules: [allowAll, { ...ruleWith("deny"), match: { where: 'args.path == "/etc"' } }],
      visible: true,
    },
    {
      rules: [allowAll, { ...ruleWith("deny"), match: { where: 'agent.id == "analyst-1"' } }],
      visible: false,
    },
  ])("shows a tool that could be used with some arguments ($visible)", ({ rules, visible }) => {
    expect(mayUse(compiled({ rules }), call())).toBe(visible);
  });
});

const actions = { allow: Action.ALLOW, deny: Action.DENY, approve: Action.APPROVE };

function ruleWith(action: string) {
  return {
    name: `some-${action}`,
    match: {},
    action: actions[action as keyof typeof actions],
    ...(action === "approve" && { approval: "anyone" }),
  };
}

function decide(policy: PolicyInit) {
  return consult(compiled(policy), call()).decision;
}

function call(overrides: Partial<CallFacts> = {}): CallFacts {
  return {
    agent: "analyst-1",
    groups: ["data"],
    tenant: "acme",
    route: "/mcp/files",
    upstream: "files",
    kind: "tool",
    name: "read_text",
    arguments: { path: "/srv/share/a.txt" },
    ...overrides,
  };
}

function compiled(policy: PolicyInit) {
  const result = compilePolicy(
    create(PolicySchema, {
      apiVersion: "mcpgateway/v1",
      kind: "Policy",
      metadata: { name: "test" },
      upstreams: [{ name: "files", url: "http://127.0.0.1/mcp" }],
      approvals: [{ name: "anyone" }],
      ...policy,
    }),
  );
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policy;
}
