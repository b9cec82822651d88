import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forEachToken, loweredIn, noSigns, unitsOf } from "./tokens.ts";

function tokensOf(text: string): readonly string[] {
  const units = unitsOf(text);
  const tokens: string[] = [];
  const ignore = () => {};
  forEachToken(units, noSigns, {
    onWord: (start, end) => tokens.push(loweredIn(units, start, end)),
    onDenial: (start, end) => tokens.push(loweredIn(units, start, end + 2)),
    onRest: ignore,
    onSign: ignore,
    onEnd: () => tokens.push("|"),
  });
  return tokens;
}

describe("the words of a text", () => {
  it.each([
    ["Don\u2019t tell: we can't.", "don't tell we can't |"],
    ["one. two.three! four", "one | two three | four"],
    ["a line\nthat goes on\n\nanother", "a line that goes on | another"],
    ["items\n- first\n* second", "items | first | second"],
    [
      "\u00dcberweise z\u0142oty \u043f\u0430\u0440\u043e\u043b\u044c 42x",
      "\u00fcberweise z\u0142oty \u043f\u0430\u0440\u043e\u043b\u044c 42x",
    ],
    ["the dog's and 'tis n't", "the dog s and tis n t"],
    ["DON\u2019T don'task", "don't don task"],
  ])("%j", (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens.split(" "));
  });

  it("are known by the same number in either case, and signs are told where they are asked for", () => {
    const told: (number | string)[] = [];
    const asked = new Uint8Array(65_536);
    asked["<".charCodeAt(0)] = 1;
    const onWord = (_start: number, _end: number, hash: number) => told.push(hash);
    const onSign = (at: number) => told.push(`< at ${at}`);
    const ignore = () => {};
    const sink = { onWord, onSign, onDenial: ignore, onRest: ignore, onEnd: ignore };
    forEachToken(unitsOf("\u00dcber <> \u00fcBER word"), asked, sink);
    expect(told).toEqual([told[0], "< at 5", told[0], told[3]]);
    expect(told[3]).not.toBe(told[0]);
  });

  it("are those that a pattern finds, in all texts of our own", () => {
    const pattern =
      /[a-z]{1,8}n't(?![a-z0-9])|[a-z0-9\u00b5-\u02ff\u0370-\u1fff\u3040-\uffef]+|[.!?;](?:\s|$)|\n\s*[\n*#>|-]/g;
    const folder = join(import.meta.dirname, "../../../../test/eval/own");
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), "utf8").replaceAll("\\n", "\n");
      const found = text.toLowerCase().replaceAll("\u2019", "'").match(pattern) ?? [];
      const wanted = found.map((it) => (/^[.!?;\n]/.test(it) ? "|" : it));
      expect(tokensOf(text)).toEqual(wanted);
    }
  });
});
