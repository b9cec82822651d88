import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forEachToken, inOneSpelling } from "./tokens.ts";

function tokensOf(text: string): readonly string[] {
  const plain = inOneSpelling(text);
  const tokens: string[] = [];
  forEachToken(plain, (start, end, hash) => {
    tokens.push(hash === 0 ? "|" : plain.slice(start, end));
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
  ])("%j", (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens.split(" "));
  });

  it("are those that a pattern finds, in all texts of our own", () => {
    const pattern =
      /[a-z]{1,8}n't|[a-z0-9\u00b5-\u02ff\u0370-\u1fff\u3040-\uffef]+|[.!?;](?:\s|$)|\n\s*[\n*#>|-]/g;
    const folder = join(import.meta.dirname, "../../../../test/eval/own");
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), "utf8").replaceAll("\\n", "\n");
      const found = inOneSpelling(text).match(pattern) ?? [];
      const wanted = found.map((it) => (/^[.!?;\n]/.test(it) ? "|" : it));
      expect(tokensOf(text)).toEqual(wanted);
    }
  });
});
