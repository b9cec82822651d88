import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ScanBudget } from "../../scan-budget.ts";
import { signals } from "../signals.ts";
import { joinLines } from "./join-lines.ts";
import { chainsOf } from "./pattern-chains.ts";
import { type Sought, soughtOf } from "./reading.ts";
import { SignalFinder } from "./signal-finder.ts";

const root = join(import.meta.dirname, "../../../..");
const budget = () => new ScanBudget(1_000);

describe("what a pattern requires", () => {
  const steps = (pattern: RegExp) =>
    chainsOf(pattern).chains.map((chain) =>
      chain.steps.map(({ words, within }) => `${words.join("|")} <=${within}`),
    );

  it.each<[RegExp, readonly (readonly string[])[]]>([
    [/ignore them/i, [["ignore  <=0"]]],
    [
      /\b(?:ignore|forget) (?:all |any )?orders?\b/,
      [["\bignore\b|\bforget\b <=0", "\border\b <=11"]],
    ],
    [/first|(?:one|two)x{2,4}/, [["first <=0"], ["one|two <=0", "xx <=3"]]],
    [/(?:maybe )?sure(?=behind)(?!not)(?<!before)/, [["sure <=6"]]],
    [/[abc]\d\w.\p{L}/u, [[]]],
    [/\b[Ss]ay(?:s| it)/, [["\bsay <=0"]]],
    [/(?:one|\d) twice/, [[" twice <=3"]]],
    [/\bhouse\b-boat (?:old )?-ship/, [["\bhouse\b <=0", "-boat  <=5", "-ship <=10"]]],
    [/[\n*]{1,3}(?:bot|model):/, [["\bbot\b|\bmodel\b <=3", ": <=5"]]],
    [
      /new (?:goal[^.]{0,9}your|task is) mine/,
      [
        ["new goa <=0", "your mi <=17"],
        ["new  <=0", "\btask i <=4", " mine <=7"],
      ],
    ],
  ])("%s", (pattern, wanted) => {
    expect(steps(pattern)).toEqual(wanted);
  });

  it("is nothing where the notation is not understood", () => {
    expect(steps({ source: "never) behind", unicode: false } as RegExp)).toEqual([[]]);
    expect(steps(/(a)\1/)).toEqual([[]]);
  });
});

describe("a pattern", () => {
  const placesOf = (pattern: RegExp, text: string) =>
    new SignalFinder([chainsOf(pattern)]).in(text, budget()).candidates[0];

  it("may match where its words stand in their order, as near as they must", () => {
    const pattern = /\bsend\b[^.]{0,20}\bpassword\b/i;
    const text = `A password to send. Please SEND them the password. ${"-".repeat(50)} send ${"-".repeat(50)} password`;
    const at = text.indexOf("SEND");
    const [from = 0, to = 0, ...others] = placesOf(pattern, text) ?? [];
    expect(others).toEqual([]);
    expect(from).toBeLessThanOrEqual(at);
    expect(from).toBeGreaterThan(at - 20);
    expect(to).toBeGreaterThanOrEqual(text.indexOf("password.") + 8);
    expect(to).toBeLessThan(at + 60);
  });

  it("must have its words begin where words begin, behind a blank or a border", () => {
    const pattern = /\bnote to an? (?:AI|LLM)\b/i;
    expect(placesOf(pattern, "a note to an AI")).toBeDefined();
    expect(placesOf(pattern, "keynote to an again")).toBeUndefined();
  });

  it("must have its words end where they may not go on, but for an s", () => {
    const pattern = /\b(?:bot|agent)s? ?[:,] call\b/i;
    for (const text of ["bot: call", "Agents , call", "bots: call"]) {
      expect(placesOf(pattern, text)).toBeDefined();
    }
    expect(placesOf(pattern, "both: call")).toBeUndefined();
    expect(placesOf(pattern, "bot: calling")).toBeUndefined();
  });

  it("is told apart from one text to the next", () => {
    const finder = new SignalFinder([chainsOf(/\bforget\b.{0,30}\brules\b/)]);
    expect(finder.in("you forget", budget()).candidates[0]).toBeUndefined();
    expect(finder.in("the rules", budget()).candidates[0]).toBeUndefined();
    expect(finder.in("forget the rules", budget()).candidates[0]).toBeDefined();
  });
});

describe("a signal that is in a text", () => {
  const sought = signals.map(soughtOf);
  const finder = new SignalFinder(sought.map(({ required }) => required));
  const texts = [...signals.flatMap(({ examples }) => examples.loud), ...ownTexts()].map(
    (text) => joinLines(text).text,
  );
  texts.push(...mutated(signals.flatMap(({ examples }) => examples.loud)));
  const found = texts.map((text) => finder.in(text, budget()).candidates);

  it.each(sought.filter(({ pattern }) => pattern))(
    "$signal.id may be there",
    ({ number, ...it }) => {
      const missed = texts.filter(
        (text, index) => !areCovered(text, it, found[index]?.[number] ?? []),
      );
      expect(missed).toEqual([]);
    },
  );

  it("may not be without its words", () => {
    const plain = "The quarterly report tells of 1,204 pallets that went to 37 cities.";
    const few = finder.in(plain, budget()).candidates.filter((places) => places !== undefined);
    expect(few.length).toBeLessThan(signals.length / 20);
  });

  /** Whether each match is in one of the places, with all that the pattern looks at. */
  function areCovered(
    text: string,
    { pattern, required }: Pick<Sought, "pattern" | "required">,
    places: readonly number[],
  ): boolean {
    const { around = 0 } = required ?? {};
    return [...text.matchAll(pattern as RegExp)].every(({ index, 0: { length } }) =>
      places.some(
        (from, at) =>
          at % 2 === 0 &&
          from <= Math.max(0, index - around) &&
          (places[at + 1] as number) >= Math.min(text.length, index + length + around),
      ),
    );
  }
});

/** Each with other signs, letters and ends of words in a few places; the same at each run. */
function mutated(texts: readonly string[]): readonly string[] {
  const pieces = [
    "",
    " ",
    "s",
    "S",
    "é",
    "中",
    "-",
    "_",
    "'",
    ":",
    ".",
    "🎉",
    "1",
    "(",
    '"',
    "ß",
    "x",
  ];
  let state = 20_261_123;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const piece = () => pieces[below(pieces.length)] ?? "";
  const once = (text: string) => {
    const at = below(text.length + 1);
    const blank = text.indexOf(" ", at);
    if (blank < 0 || below(2) === 0) return text.slice(0, at) + piece() + text.slice(at);
    return text.slice(0, blank) + piece() + text.slice(blank + below(2));
  };
  return texts.flatMap((text) => [once(text), once(text.toUpperCase()), once(once(text))]);
}

function ownTexts(): readonly string[] {
  const folder = join(root, "test/eval/own");
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { text?: string }).text ?? line),
  );
}
