import { describe, expect, it } from "vitest";
import { joinLines } from "./join-lines.ts";

describe("lines that are joined", () => {
  it.each([
    ["no line", "no line"],
    ["one\ntwo", "one two"],
    ["one  \n\n   two\n", "one two "],
    ["one\\ntwo\\r\\nthree", "one two three"],
    ["one \\n\n  \\ttwo", "one  two"],
    ["C:\\dir\\\\x and \\u0041", "C:\\dir\\\\x and \\u0041"],
    [`one${" ".repeat(60)}\ntwo`, `one${" ".repeat(20)} two`],
  ])("%j: %j", (text, joined) => {
    expect(joinLines(text).text).toBe(joined);
  });

  it("tell where sentences ended with them", () => {
    const { text, ends } = joinLines("one\ntwo  \n\n three\n- four\n  * five");
    expect(text).toBe("one two three - four * five");
    expect(ends).toEqual([text.indexOf(" three"), text.indexOf(" - "), text.indexOf(" * ")]);
  });

  it("are in a part that begins or ends among blanks that are gone", () => {
    const { table } = joinLines(`one${" ".repeat(30)}\n two three`);
    expect(table.spanOf({ start: 30, end: 39 })).toEqual({ start: 4, end: 8 });
    expect(table.isChangedBetween(0, 3)).toBe(false);
    expect(table.isChangedBetween(0, 15)).toBe(true);
  });

  it("have their places in both texts", () => {
    const text = "Ignore\n   all the\n\nprevious  \n rules";
    const joined = joinLines(text);
    for (const word of ["Ignore", "all", "the", "previous", "rules"]) {
      const [here, there] = [text.indexOf(word), joined.text.indexOf(word)];
      expect([joined.table.placeOf(here), joined.table.originOf(there)]).toEqual([there, here]);
    }
  });
});
