import { describe, expect, it } from "vitest";
import {
  ArgumentKind,
  Certainty,
  Checksum,
  PersonalData,
  ScanAction,
  ScanExceeded,
  ScanMode,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import {
  compileScanning as compile,
  problemsOfScanning as problemsOf,
  type ScanningInit,
} from "../../test/support/compile-scanning.ts";
import { consult } from "./decide.ts";

function scanOf(scanning: ScanningInit, tool: string) {
  const result = compile(scanning);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const facts = { agent: "a", groups: [], route: "/mcp", upstream: "files", arguments: {} };
  return consult(result.policy, { ...facts, kind: "tool", name: tool }).scan;
}

describe("the scanning of a policy", () => {
  it("blocks what is certain until it says what is done about it", () => {
    const unsaid = scanOf({}, "read").arguments;
    expect(unsaid).toMatchObject({ blocksCertainlyHidden: true, blocksCertainInjection: true });
    const said = scanOf(
      { profiles: [{ name: "own", arguments: { injection: ScanAction.LOG } }] },
      "read",
    ).arguments;
    expect(said).toMatchObject({ blocksCertainlyHidden: true, blocksCertainInjection: false });
  });

  it("takes the action from where on it says", () => {
    const from = (promptInjectionFrom: Certainty) =>
      scanOf({ profiles: [{ name: "own", results: { promptInjectionFrom } }] }, "read").results
        .promptInjectionFrom;
    expect(from(Certainty.UNSPECIFIED)).toBe("certain");
    expect(from(Certainty.SUSPECTED)).toBe("suspected");
    expect(() => from(9 as Certainty)).toThrow(/promptInjectionFrom.*certainty/);
  });

  it("only records the rest, where it says nothing", () => {
    const { arguments: args, results, mode } = scanOf({}, "read");
    expect({ mode, injection: args.injection, prompt: results.promptInjection }).toEqual({
      mode: "enforce",
      injection: "log",
      prompt: "log",
    });
    const recorded = { personalData: "log", personalDataTypes: ["card", "iban", "ssn"] };
    expect(args).toMatchObject(recorded);
    expect(results).toMatchObject(recorded);
  });

  it("means mail addresses too, where it says what is done about personal data and not about which", () => {
    const scanning: ScanningInit = {
      profiles: [{ name: "strict", results: { personalData: ScanAction.REDACT } }],
    };
    const { results, arguments: args } = scanOf(scanning, "read");
    expect(results.personalDataTypes).toEqual(["card", "iban", "email", "ssn"]);
    expect(args.personalDataTypes).toEqual(["card", "iban", "ssn"]);
  });

  it("is that of the profile, with what overrides and exceptions say of the call", () => {
    const scanning: ScanningInit = {
      profiles: [
        {
          name: "strict",
          mode: ScanMode.MONITOR,
          arguments: {
            injection: ScanAction.BLOCK,
            personalDataTypes: [PersonalData.CARD],
            pathRoots: ["/srv/work"],
          },
        },
      ],
      overrides: [
        {
          match: { tools: ["files/run"] },
          arguments: { injection: ScanAction.LOG, kinds: { line: ArgumentKind.SHELL } },
        },
      ],
      exceptions: [
        {
          rule: "injection.sql",
          match: { tools: ["files/run"] },
          until: "2027-01-31",
          reason: "known",
        },
      ],
      detectors: [{ name: "customer", pattern: "C-\\d{6}", checksum: Checksum.MOD97 }],
    };

    const read = scanOf(scanning, "read");
    const run = scanOf(scanning, "run");

    expect(read.arguments).toMatchObject({
      injection: "block",
      personalDataTypes: ["card"],
      pathRoots: ["/srv/work/"],
    });
    expect(run.arguments).toMatchObject({
      injection: "log",
      kinds: new Map([["line", "shell"]]),
      pathRoots: ["/srv/work/"],
    });
    expect(read.mode).toBe("monitor");
    expect(read.exceptions).toEqual([]);
    expect(run.exceptions).toMatchObject([{ untilMs: Date.parse("2027-02-01T00:00:00Z") }]);
    expect(run.detectors).toMatchObject([
      { name: "customer", checksum: "mod97", arguments: "log" },
    ]);
  });
});

describe("scanning is refused", () => {
  const profile = (changes: object): ScanningInit => ({ profiles: [{ name: "p", ...changes }] });
  const exception = { rule: "a", until: "2027-01-31", reason: "b" };

  it.each<[string, ScanningInit, string]>([
    [
      "that takes half of a payload out",
      profile({ arguments: { injection: ScanAction.REDACT } }),
      "profiles[0].arguments.injection: must be off, log, approve or block",
    ],
    [
      "that holds results",
      profile({ results: { secrets: ScanAction.APPROVE } }),
      "results.secrets: must not be approve",
    ],
    [
      "that tells agents of what they sent",
      profile({ arguments: { secrets: ScanAction.FLAG } }),
      "arguments.secrets: must not be flag",
    ],
    [
      "that holds and does not say who decides",
      profile({ arguments: { injection: ScanAction.APPROVE } }),
      "profiles[0].approval: is missing",
    ],
    [
      "that names an approval that does not exist",
      profile({ approval: "nobody" }),
      'names approval "nobody"',
    ],
    [
      "whose roots are no roots",
      profile({ arguments: { pathRoots: ["srv"] } }),
      "arguments.pathRoots[0]: must be an absolute path",
    ],
    [
      "whose override holds without an approval",
      { profiles: [{ name: "p" }], overrides: [{ arguments: { injection: ScanAction.APPROVE } }] },
      "overrides: hold calls",
    ],
    [
      "whose budget holds without an approval",
      { profiles: [{ name: "p" }], budget: { onExceed: ScanExceeded.APPROVE } },
      "budget.onExceed: holds calls",
    ],
    [
      "whose budget is longer than texts can be",
      { budget: { maxBytes: 600_000_000 } },
      "budget.maxBytes: must be at most",
    ],
    [
      "with an exception without end",
      { exceptions: [{ ...exception, until: "" }] },
      "exceptions[0].until: must be a day",
    ],
    [
      "with an exception that ends on no day",
      { exceptions: [{ ...exception, until: "2027-13-01" }] },
      "exceptions[0].until: must be a day",
    ],
    [
      "with an exception that ends on a day that no February has",
      { exceptions: [{ ...exception, until: "2027-02-31" }] },
      "exceptions[0].until: must be a day",
    ],
    [
      "with an exception without reason",
      { exceptions: [{ ...exception, reason: " " }] },
      "exceptions[0].reason: is missing",
    ],
    [
      "with a detector that looks for nothing",
      { detectors: [{ name: "a" }] },
      "detectors[0]: needs literals or a pattern",
    ],
    [
      "with a pattern that RE2 does not take",
      { detectors: [{ name: "a", pattern: "(?=a)" }] },
      "detectors[0].pattern: is no pattern",
    ],
    [
      "with a pattern that matches everywhere",
      { detectors: [{ name: "a", pattern: "a*" }] },
      "detectors[0].pattern: matches the empty text",
    ],
    [
      "with literals of one letter",
      { detectors: [{ name: "a", literals: ["x"] }] },
      "detectors[0].literals[0]: must have 2",
    ],
    [
      "with actions of a later release",
      profile({ arguments: { secrets: 99 } }),
      "secrets: is an action this release does not know (99)",
    ],
    [
      "with kinds of a later release",
      profile({ arguments: { kinds: { a: 99 } } }),
      "kinds.a: is a kind this release does not know (99)",
    ],
    [
      "with types of a later release",
      profile({ results: { personalDataTypes: [99] } }),
      "personalDataTypes[0]: is a type this release does not know (99)",
    ],
    [
      "with actions on definitions of a later release",
      profile({ definitions: { changed: 9 } }),
      "definitions.changed: is a value this release does not know (9)",
    ],
    [
      "with modes of a later release",
      profile({ mode: 9 }),
      "mode: is a mode this release does not know (9)",
    ],
  ])("%s", (_, scanning, problem) => {
    expect(problemsOf(scanning).join("\n")).toContain(problem);
  });
});

it("a budget says what looking may cost and what becomes of what costs more; the rest has defaults", () => {
  const budget = { maxMs: 50, onExceed: ScanExceeded.ALLOW };
  expect(scanOf({ budget }, "read").budget).toEqual({
    maxMs: 50,
    maxBytes: 83_886_080,
    onExceed: "allow",
  });
  expect(scanOf({}, "read").budget).toEqual({
    maxMs: 30,
    maxBytes: 83_886_080,
    onExceed: "block",
  });
});
