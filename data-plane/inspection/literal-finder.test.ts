import { expect, it } from "vitest";
import { LiteralFinder } from "./literal-finder.ts";
import { ScanBudget } from "./scan-budget.ts";

function hits(literals: readonly string[], text: string): string[] {
  const found: string[] = [];
  new LiteralFinder(literals).find(text, new ScanBudget(10_000), (literal, start) => {
    found.push(`${literals[literal]}@${start}`);
  });
  return found.sort();
}

it("finds every literal wherever it stands, overlapping ones too, in either case", () => {
  expect(hits(["he", "she", "his", "hers"], "uSHErs")).toEqual(["he@2", "hers@2", "she@1"]);
  expect(hits(["aa"], "aaaa")).toEqual(["aa@0", "aa@1", "aa@2"]);
  expect(hits(["ab"], "é\u{1f600}ab")).toEqual(["ab@3"]);
});

it("does not take the capital of one letter for that of another", () => {
  expect(hits(["is", "sı"], "IS S\u0131 SI")).toEqual(["is@0", "sı@3"]);
  expect(hits(["s", "ß"], "S")).toEqual(["s@0"]);
});

it("agrees with a search for each literal by itself", () => {
  const letters = "abAB-_";
  let state = 7;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const word = (length: number) =>
    Array.from({ length }, () => letters.charAt(next(letters.length))).join("");

  for (let round = 0; round < 200; round += 1) {
    const literals = [...new Set(Array.from({ length: 6 }, () => word(1 + next(4)).toLowerCase()))];
    const text = word(60);
    const expected = literals.flatMap((literal) =>
      Array.from({ length: text.length }, (_, start) => start)
        .filter((start) => text.toLowerCase().startsWith(literal, start))
        .map((start) => `${literal}@${start}`),
    );
    expect(hits(literals, text)).toEqual(expected.sort());
  }
});
