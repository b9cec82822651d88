import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ScanBudget } from "../scan-budget.ts";
import { PossibleSignals } from "./possible-signals.ts";
import { requiredWords } from "./required-words.ts";
import type { Signal } from "./signal.ts";
import { signals } from "./signals.ts";

const root = join(import.meta.dirname, "../../..");

describe("what a pattern requires", () => {
  it.each<[RegExp, ReturnType<typeof requiredWords>]>([
    [/ignore all/i, [[["ignore"], ["\ball"]]]],
    [/\b(?:ignore|forget) (?:all |any )?orders?\b/, [[["\bignore", "\bforget"], ["\border"]]]],
    [/first|(?:one|two)x{2,4}/, [[["first"]], [["one", "two"], ["x"]]]],
    [/a?b*c{0,3}d+e/, [[["d"], ["e"]]]],
    [/(?:maybe )?sure(?=behind)(?!not)(?<!before)/, [[["sure"]]]],
    [/[abc]\d\w.\p{L}/u, [[]]],
    [/(?:one|\d) two/, [[["\btwo"]]]],
    [/\bhouse\b-boat (?:old )?-ship/, [[["\bhouse"], ["-boat"], ["-ship"]]]],
    [/ ?one(?: two)?three\W(?:four|-)/, [[["one"], ["three"], ["\bfour", "-"]]]],
    [
      /\b(?:a|bee )(?:cat|dog)/,
      [
        [
          ["\ba", "\bbee"],
          ["cat", "dog"],
        ],
      ],
    ],
    [/\u0441\x41\/\.\n\u{1f600}/u, [[["\u0441a/."], ["\u{1f600}"]]]],
    [/(?<name>word)s/, [[["word"], ["s"]]]],
    [/[\]x]y/, [[["y"]]]],
  ])("%s", (pattern, words) => {
    expect(requiredWords(pattern)).toEqual(words);
  });

  it("must begin where a word begins, behind a blank or a border", () => {
    const pattern = /\bto an? (?:AI|LLM)\b/i;
    const signal = { ...(signals[0] as Signal), pattern };
    const possible = new PossibleSignals([signal]);
    const asked = (text: string) => possible.in(text, new ScanBudget(1_000))(signal);
    expect(asked("note to an AI")).toBe(true);
    expect(asked("stop, and contain it again")).toBe(false);
    expect(asked(`to a ${"-".repeat(5_000)} AI`)).toBe(false);
  });

  it("is nothing where the notation is not understood", () => {
    expect(requiredWords({ source: "never) behind" } as RegExp)).toEqual([[]]);
  });
});

describe("a signal that is in a text", () => {
  const possible = new PossibleSignals(signals);

  it.each(signals)("$id is possible there", (signal) => {
    const texts = [...signal.examples.loud, ...ownTexts()];
    const missed = texts.filter((text) => signal.pattern.test(text) && !mayHold(text, signal));
    expect(missed).toEqual([]);
  });

  it("is not possible without its words", () => {
    const plain = "The quarterly report tells of 1,204 pallets that went to 37 cities.";
    const few = signals.filter((signal) => mayHold(plain, signal));
    expect(few.length).toBeLessThan(signals.length / 4);
  });

  function mayHold(text: string, signal: Signal): boolean {
    return possible.in(text, new ScanBudget(1_000))(signal);
  }
});

function ownTexts(): readonly string[] {
  const folder = join(root, "test/eval/own");
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { text?: string }).text ?? line),
  );
}
