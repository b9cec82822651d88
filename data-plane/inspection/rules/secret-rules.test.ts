import { describe, expect, it } from "vitest";
import { ScanBudget } from "../scan-budget.ts";
import { SecretFinder } from "../secret-finder.ts";
import { expandExample } from "./expand-example.ts";
import { secretRules } from "./secret-rules.ts";

const all = new SecretFinder();

function typesFoundBy(finder: SecretFinder, example: string): string[] {
  return finder.find(expandExample(example), new ScanBudget(10_000)).map(({ rule }) => rule.type);
}

describe.each(secretRules)("the rule $type", (rule) => {
  const alone = new SecretFinder([rule]);

  it.each(rule.examples.secrets)("finds %s", (example) => {
    expect(typesFoundBy(alone, example)).toEqual([rule.type]);
    expect(typesFoundBy(all, example)).toHaveLength(1);
  });

  it.each(rule.examples.harmless)("leaves %s alone", (example) => {
    expect(typesFoundBy(alone, example)).toEqual([]);
  });
});

describe("the rules", () => {
  it("have names of their own", () => {
    const types = secretRules.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
  });

  it("begin with literals that are long enough to be rare, in lower case", () => {
    for (const { type, literals } of secretRules) {
      for (const literal of literals) {
        expect(literal, type).toBe(literal.toLowerCase());
        expect(literal.length, type).toBeGreaterThanOrEqual(type === "facebook-app-token" ? 1 : 2);
      }
    }
  });

  it("run sticky, without look-around, back references and endless repetition", () => {
    for (const { type, pattern } of secretRules) {
      expect(pattern.flags, type).toBe("y");
      const withoutClasses = pattern.source.replaceAll(/\\.|\[(?:[^\]\\]|\\.)*\]/g, "x");
      expect(withoutClasses, type).not.toMatch(/\(\?[=!<]|[*+]|\{\d+,\}/);
      expect(pattern.source, type).not.toMatch(/\\[1-9]/);
    }
  });
});
