import type { MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  type ExternalScannerSchema,
  ScanAction,
  type ScannerInput,
  WhenScannerUnavailable,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compileScanning, problemsOfScanning } from "../../test/support/compile-scanning.ts";
import type { CallFacts } from "./call-facts.ts";
import { consult } from "./decide.ts";

type Init = Extract<MessageInitShape<typeof ExternalScannerSchema>, { $typeName?: never }>;

const model: Init = { name: "model", url: "https://model.example/judge" };
const fromEnv = (value: string) => ({ source: { case: "fromEnv" as const, value } });

function scanningOf(scanners: readonly Init[], approval = "") {
  return { profiles: [{ name: "standard", approval }], scanners: [...scanners] };
}

function compile(scanners: readonly Init[], approval = "") {
  return compileScanning(scanningOf(scanners, approval));
}

function problemsOf(scanner: Init, approval = ""): readonly string[] {
  return problemsOfScanning(scanningOf([{ ...model, ...scanner }], approval));
}

function askedAbout(scanner: Init, args: CallFacts["arguments"]) {
  const result = compile([{ ...model, ...scanner }]);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const facts: CallFacts = {
    agent: "one",
    groups: [],
    route: "/mcp",
    upstream: "files",
    kind: "tool",
    name: "write",
    arguments: args,
  };
  return consult(result.policy, facts).scan.scanners.map(({ name }) => name);
}

it("fails closed and bounded where the policy says no more than name and URL", () => {
  const result = compile([model]);
  expect(result.ok && result.policy.scanning.scanners[0]?.scanner).toEqual({
    name: "model",
    url: "https://model.example/judge",
    on: new Set(["arguments", "results"]),
    onlySuspicious: false,
    timeoutMs: 2_000,
    whenUnavailable: "block",
    maxAction: "block",
    actions: new Map(),
    network: "private",
    maxBytes: 1_048_576,
    maxConcurrent: 32,
    circuitBreaker: { failures: 5, openForMs: 15_000 },
  });
});

describe("is asked", () => {
  it("about the calls that match, and those of which that cannot be known", () => {
    const match = { tools: ["files/*"], where: "args.amount > 5" };
    expect(askedAbout({ match }, { amount: 6 })).toEqual(["model"]);
    expect(askedAbout({ match }, { amount: 5 })).toEqual([]);
    expect(askedAbout({ match }, {})).toEqual(["model"]);
  });
});

describe("is refused with the place of the problem", () => {
  it.each<[string, Init, string]>([
    ["a URL that is none", { url: "model" }, "url: must be an http or https URL"],
    ["a secret in it", { url: "https://u:p@x.example" }, "url: holds a user or password"],
    ["no name", { name: "" }, "name: must be 1 to 63"],
    ["a long time", { timeout: { seconds: 31n } }, "timeout: must be from 10ms to 30s"],
    ["an unknown tool", { match: { tools: ["nowhere/x"] } }, "match.tools[0]: names upstream"],
    ["an unknown input", { on: [9 as ScannerInput] }, "on[0]: is one this release"],
    ["an unknown condition", { onlyWhen: 9 as never }, "onlyWhen: is one this release"],
    ["an unknown word", { whenUnavailable: 9 as never }, "whenUnavailable: is one this"],
    ["flag", { maxAction: ScanAction.FLAG }, "maxAction: must be log, redact"],
    ["a severity of its own", { actions: { fatal: ScanAction.LOG } }, "actions.fatal: is no"],
    ["off", { actions: { low: ScanAction.OFF } }, "actions.low: must be log, redact"],
    ["a header of HTTP", { credentials: { header: "Host", value: fromEnv("A") } }, "header: must"],
    ["no secret", { credentials: {} }, "credentials.value: needs fromEnv"],
    ["a setting of ours", { signWith: fromEnv("MCPGW_JOIN_TOKEN") }, "signWith.fromEnv: MCPGW_"],
    ["TLS without https", { url: "http://x.example", tls: {} }, "tls: needs an https URL"],
    ["much at once", { maxConcurrent: 1_001 }, "maxConcurrent: must be at most 1000"],
    ["large requests", { maxBytes: 9_000_000 }, "maxBytes: must be at most"],
    ["a hasty breaker", { circuitBreaker: { openFor: { nanos: 1 } } }, "circuitBreaker.openFor"],
  ])("%s", (_, scanner, problem) => {
    const problems = problemsOf(scanner);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]).toMatch(/^scanning\.scanners\[0\]\./);
  });

  it("where it may hold calls and nobody is named who decides", () => {
    const holding = { whenUnavailable: WhenScannerUnavailable.APPROVE };
    expect(problemsOf(holding)).toEqual([expect.stringContaining("names no approval")]);
    expect(problemsOf(holding, "people")).toEqual([]);
  });

  it("where there are many", () => {
    const many = Array.from({ length: 11 }, (_, index) => ({ ...model, name: `m${index}` }));
    const result = compile(many);
    expect(!result.ok && result.problems).toEqual([
      expect.objectContaining({ message: "are more than 10" }),
    ]);
  });
});
