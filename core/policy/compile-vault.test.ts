import { describe, expect, it } from "vitest";
import { FlowLabel, PersonalData, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import {
  compileScanning,
  problemsOfScanning as problemsOf,
  type ScanningInit,
} from "../../test/support/compile-scanning.ts";
import type { CallFacts } from "./call-facts.ts";
import { consult } from "./decide.ts";

const { EMAIL, IBAN } = PersonalData;
const redacting: ScanningInit = {
  profiles: [
    {
      name: "standard",
      results: { personalData: ScanAction.REDACT, personalDataTypes: [EMAIL, IBAN] },
    },
  ],
};
const match = { tools: ["files/read_*"] };
const withVault = (vault: ScanningInit["vault"], more: ScanningInit = {}): ScanningInit => ({
  ...redacting,
  ...more,
  vault,
});

function restored(scanning: ScanningInit, of: Partial<CallFacts> = {}): readonly string[] {
  const result = compileScanning(scanning);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const facts = { agent: "a", groups: [], route: "/mcp", upstream: "files", arguments: {} };
  return [...consult(result.policy, { ...facts, kind: "tool", name: "read_x", ...of }).restores];
}

describe("a vault", () => {
  it("restores, for the tools that it names, what results are redacted of", () => {
    expect(restored(withVault({ match }))).toEqual(["iban", "email"]);
    expect(restored(withVault({ match }), { name: "write" })).toEqual([]);
    expect(restored(withVault({ match, types: ["iban"] }))).toEqual(["iban"]);
    expect(restored(redacting)).toEqual([]);
  });

  it("restores nothing where a condition cannot be evaluated, and in no prompt or resource", () => {
    const where = { ...match, where: "args.rows > 1" };
    expect(restored(withVault({ match: where }))).toEqual([]);
    expect(restored(withVault({ match: where }), { arguments: { rows: 2 } })).not.toEqual([]);
    expect(restored(withVault({ match }), { kind: "prompt" })).toEqual([]);
  });

  it("keeps for half an hour unless it says otherwise", () => {
    const keepOf = (vault: ScanningInit["vault"]) => {
      const result = compileScanning(withVault(vault));
      return result.ok ? result.policy.scanning.vault?.keepForMs : undefined;
    };
    expect(keepOf({ match })).toBe(1_800_000);
    expect(keepOf({ match, keepFor: { seconds: 3_600n } })).toBe(3_600_000);
  });

  it("takes labels for its tools without any flow", () => {
    const labels = [{ match, not: [FlowLabel.CAN_SEND] }];
    expect(problemsOf(withVault({ match }, { labels }))).toEqual([]);
    expect(problemsOf({ ...redacting, labels }).join()).toContain("no vault");
  });

  it.each<[string, ScanningInit, string]>([
    ["without tools", withVault({}), "scanning.vault.match.tools: is missing"],
    [
      "for prompts",
      withVault({ match: { ...match, prompts: ["files/*"] } }),
      "scanning.vault.match.prompts: never get values",
    ],
    [
      "for tools of no upstream",
      withVault({ match: { tools: ["crm/*"] } }),
      'scanning.vault.match.tools[0]: names upstream "crm"',
    ],
    [
      "that keeps for too long",
      withVault({ match, keepFor: { seconds: 172_800n } }),
      "scanning.vault.keepFor: must be from 1m to 1d, got 2d",
    ],
    [
      "of a type that nobody knows",
      withVault({ match, types: ["email", "shoe-size"] }),
      "scanning.vault.types[1]: must be one of card, iban, email",
    ],
    [
      "of a type twice",
      withVault({ match, types: ["email", "email"] }),
      "scanning.vault.types[1]: email is there twice",
    ],
    [
      "of what nothing redacts",
      withVault({ match, types: ["github-token"] }),
      "scanning.vault.types[0]: github-token is of no use",
    ],
    ["where nothing is redacted", { vault: { match } }, "scanning.vault.types: is of no use"],
    [
      "for tools that labels say can send",
      withVault(
        { match },
        { labels: [{ match: { tools: ["files/*"] }, labels: [FlowLabel.CAN_SEND] }] },
      ),
      "scanning.vault.match.tools[0]: files/read_*: labels say that it can send",
    ],
  ])("%s is refused", (_, scanning, problem) => {
    expect(problemsOf(scanning).join("\n")).toContain(problem);
  });

  it("may name more tools than those that labels say can send: these get nothing when they are called", () => {
    const labels = [{ match: { tools: ["files/read_mail"] }, labels: [FlowLabel.CAN_SEND] }];
    expect(problemsOf(withVault({ match }, { labels }))).toEqual([]);
  });
});
