import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { payloadRules } from "./payload-rules.ts";
import { mayMatch, requiredSigns, SignedPatterns, signsIn } from "./required-signs.ts";

const own = join(import.meta.dirname, "../../../test/eval/own");
const texts = payloadRules
  .flatMap(({ examples }) => [...examples.payloads, ...examples.harmless])
  .concat(
    ["benign-calls", "benign-texts", "loud"].flatMap((name) =>
      readFileSync(join(own, `${name}.jsonl`), "utf8")
        .split("\n")
        .flatMap((line) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text)),
    ),
  );

describe("the signs that a pattern needs", () => {
  it.each([
    [/\bfoo\s{0,4}\(|\bbar\[/, "foo bar", ["foo(", "bar["]],
    [/\{\{[^{}]{0,20}(?:[*+/]|self)/, "a*b", ["{{self", "{{7*7"]],
    [/^\$(?:where|function)$/, "where", ["$where", "$function"]],
    [/["']\s?a(?=;)/, "a", ["'a;", '"a;']],
  ] as const)("are looked for before it is asked: %s", (pattern, without, withThem) => {
    const required = requiredSigns(pattern);
    expect(mayMatch(required, signsIn(without))).toBe(false);
    for (const text of withThem) expect(mayMatch(required, signsIn(text))).toBe(true);
  });

  it.each([/\bjava\b|x\(/, /transformer/, /[(]a|b/, /\(?a/])(
    "are none where words alone are enough: %s",
    (pattern) => {
      expect(mayMatch(requiredSigns(pattern), 0)).toBe(true);
    },
  );

  it("are there wherever it matches", () => {
    const missed = payloadRules.flatMap(({ patterns }) =>
      patterns.flatMap((pattern) => {
        const required = requiredSigns(pattern);
        return texts.filter((it) => pattern.test(it) && !mayMatch(required, signsIn(it)));
      }),
    );
    expect(missed).toEqual([]);
  });

  it("let all patterns of a list be asked that may match, and no other", () => {
    const patterns = new SignedPatterns([/foo\(/, /bar/]);
    expect(["foo", "foo(", "a bar"].map((text) => patterns.test(text))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
