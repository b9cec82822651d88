import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  Access,
  Action,
  PolicySchema,
  ScanAction,
  type WhenRedisIsDown,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compilePolicy } from "./compile.ts";

type PolicyInit = Extract<MessageInitShape<typeof PolicySchema>, { $typeName?: never }>;

const files = { name: "files", url: "http://127.0.0.1:9000/mcp" };
const rule = { name: "a-rule", match: {}, action: Action.ALLOW };
const window = { seconds: 60n };

it("accepts the least policy that makes sense", () => {
  expect(
    problemsOf({ upstreams: [files], routes: [{ path: "/mcp", upstreams: ["files"] }] }),
  ).toEqual([]);
});

it("reports every problem, not only the first", () => {
  const problems = problemsOf({
    upstreams: [{ name: "files" }, { name: "files", url: "ftp://x" }],
    routes: [{ path: "mcp", upstreams: ["fils"] }],
    rules: [{ name: "r", match: {}, action: Action.APPROVE, approval: "nobody" }],
  });
  expect(problems.map(({ path }) => path)).toEqual([
    "upstreams[1].name",
    "upstreams[0]",
    "upstreams[1].url",
    "routes[0].path",
    "routes[0].upstreams[0]",
    "rules[0].approval",
  ]);
});

describe("a policy is refused", () => {
  const cases: { policy: PolicyInit; path: string; message: RegExp }[] = [
    { policy: { apiVersion: "v2" }, path: "apiVersion", message: /must be mcpgateway\/v1/ },
    { policy: { kind: "Poem" }, path: "kind", message: /must be Policy/ },
    { policy: { metadata: {} }, path: "metadata.name", message: /missing/ },
    {
      policy: { upstreams: [{ ...files, command: ["x"] }] },
      path: "upstreams[0]",
      message: /both/,
    },
    {
      policy: { upstreams: [{ ...files, url: "http://user:secret@host/" }] },
      path: "upstreams[0].url",
      message: /never contain secrets/,
    },
    {
      policy: { upstreams: [{ ...files, credentials: { header: "Authorization" } }] },
      path: "upstreams[0].credentials.value",
      message: /fromEnv or fromFile/,
    },
    {
      policy: {
        upstreams: [
          {
            ...files,
            credentials: {
              header: "Mcp-Session-Id",
              value: { source: { case: "fromEnv", value: "X" } },
            },
          },
        ],
      },
      path: "upstreams[0].credentials.header",
      message: /header name/,
    },
    {
      policy: {
        upstreams: [
          {
            ...files,
            credentials: {
              header: "Authorization",
              value: { source: { case: "fromEnv", value: "MCPGW_JOIN_TOKEN" } },
            },
          },
        ],
      },
      path: "upstreams[0].credentials.value.fromEnv",
      message: /setting of the gateway itself/,
    },
    {
      policy: { upstreams: [{ ...files, timeout: { nanos: 1 } }] },
      path: "upstreams[0].timeout",
      message: /from 10ms to 1h/,
    },
    {
      policy: { routes: [{ path: "/readyz", upstreams: ["files"] }] },
      path: "routes[0].path",
      message: /gateway's own/,
    },
    {
      policy: { routes: [{ path: "/a", upstreams: ["files", "files"] }] },
      path: "routes[0].upstreams",
      message: /several upstreams/,
    },
    {
      policy: {
        identity: { anonymous: Access.DENY },
        routes: [{ path: "/a", upstreams: ["files"], anonymous: Access.ALLOW }],
      },
      path: "routes[0].anonymous",
      message: /identity.anonymous says deny/,
    },
    {
      policy: { rules: [{ ...rule, action: 99 as Action }] },
      path: "rules[0].action",
      message: /unknown \(99\)/,
    },
    { policy: { rules: [rule, rule] }, path: "rules[1].name", message: /used twice/ },
    {
      policy: { rules: [{ ...rule, match: { tools: ["read_*"] } }] },
      path: "rules[0].match.tools[0]",
      message: /must be "upstream\/name"/,
    },
    {
      policy: { rules: [{ ...rule, match: { tools: ["fils/read_*"] } }] },
      path: "rules[0].match.tools[0]",
      message: /"fils", which does not exist \(there are: files\)/,
    },
    {
      policy: { rules: [{ ...rule, match: { operations: ["ddl"] } }] },
      path: "rules[0].match.operations[0]",
      message: /operation "ddl", which does not exist/,
    },
    {
      policy: { rules: [{ ...rule, match: { where: "args.path ==" } }] },
      path: "rules[0].match.where",
      message: /not valid CEL/,
    },
    {
      policy: { rules: [{ ...rule, match: { where: "args.path.matches('(a+)+$')" } }] },
      path: "rules[0].match.where",
      message: /matches\(\), which can run for ever/,
    },
    {
      policy: { rules: [{ ...rule, match: { where: "re(args.a, args.b)" } }] },
      path: "rules[0].match.where",
      message: /constant pattern/,
    },
    {
      policy: { rules: [{ ...rule, match: { where: "re(args.a, '(?=x)')" } }] },
      path: "rules[0].match.where",
      message: /RE2/,
    },
    {
      policy: { rules: [{ ...rule, match: { where: "size(args)" } }] },
      path: "rules[0].match.where",
      message: /true or false/,
    },
    {
      policy: { rules: [{ ...rule, match: { where: "nobody == 1" } }] },
      path: "rules[0].match.where",
      message: /Unknown variable/,
    },
    {
      policy: {
        approvals: [{ name: "anyone" }],
        rules: [
          { ...rule, action: Action.APPROVE, approval: "anyone", match: { prompts: ["files/x"] } },
        ],
      },
      path: "rules[0].match.prompts",
      message: /only tool calls/,
    },
    {
      policy: { approvals: [{ name: "a", holdFor: { seconds: 281n } }] },
      path: "approvals[0].holdFor",
      message: /280s/,
    },
    { policy: { limits: [{ name: "l", window }] }, path: "limits[0].requests", message: /missing/ },
    {
      policy: { limits: [{ name: "l", requests: 1 }] },
      path: "limits[0].window",
      message: /missing/,
    },
    {
      policy: { limits: [{ name: "l", windows: [{ requests: 1 }] }] },
      path: "limits[0].windows[0].window",
      message: /missing/,
    },
    {
      policy: { limits: [{ name: "l", requests: 1, window: { nanos: 999_000_000 } }] },
      path: "limits[0].window",
      message: /from 1s to 30d, got 999ms/,
    },
    {
      policy: { limits: [{ name: "l", requests: 1, window, per: [1, 1] }] },
      path: "limits[0].per[1]",
      message: /agent twice/,
    },
    {
      policy: { limits: [{ name: "l", requests: 1, window, perValueOf: ["args."] }] },
      path: "limits[0].perValueOf[0]",
      message: /not valid CEL/,
    },
    {
      policy: { limits: [{ name: "l", requests: 1, window, perValueOf: ["[args.a]"] }] },
      path: "limits[0].perValueOf[0]",
      message: /text, a number or a boolean/,
    },
    {
      policy: { limits: [{ name: "l", concurrent: 10_001 }] },
      path: "limits[0].concurrent",
      message: /at most 10000/,
    },
    {
      policy: { limits: [{ name: "l", requests: 1, window, costs: [{ cost: 2 }] }] },
      path: "limits[0].costs",
      message: /without a budget/,
    },
    {
      policy: { limits: [{ name: "l", cost: 5, window, costs: [{ cost: 6 }] }] },
      path: "limits[0].costs[0].cost",
      message: /more than the whole budget of 5/,
    },
    {
      policy: {
        limits: [{ name: "l", requests: 1, window, whenRedisIsDown: 9 as WhenRedisIsDown }],
      },
      path: "limits[0].whenRedisIsDown",
      message: /deny, allow or local/,
    },
    {
      policy: { scanning: { default: "strict", profiles: [{ name: "standard" }] } },
      path: "scanning.default",
      message: /scan profile "strict"/,
    },
    {
      policy: {
        scanning: { profiles: [{ name: "p", arguments: { schema: ScanAction.REDACT } }] },
      },
      path: "scanning.profiles[0].arguments.schema",
      message: /off or block/,
    },
  ];

  it.each(cases)("for $path: $message", ({ policy, path, message }) => {
    expect(problemsOf({ upstreams: [files], ...policy })).toContainEqual({
      path,
      message: expect.stringMatching(message),
    });
  });
});

function problemsOf(policy: PolicyInit) {
  const result = compilePolicy(
    create(PolicySchema, {
      apiVersion: "mcpgateway/v1",
      kind: "Policy",
      metadata: { name: "test" },
      ...policy,
    }),
  );
  return result.ok ? [] : result.problems;
}
