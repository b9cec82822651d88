import { describe, expect, it } from "vitest";
import { unitsOf } from "../words/tokens.ts";
import { LiteralWords, numbersOfPath } from "./literal-words.ts";

const anywhere = (letters: string) => ({
  letters,
  anywhere: true,
  atStart: false,
  endsWord: false,
});
const atStart = (letters: string) => ({ ...anywhere(letters), anywhere: false, atStart: true });
const whole = (letters: string) => ({ ...anywhere(letters), endsWord: true });

describe("the literals of a word", () => {
  const literals = [
    anywhere("struct"),
    atStart("struct"),
    anywhere(" system"),
    anywhere("the rare"),
    anywhere("<|"),
    atStart("ai"),
    whole("bot"),
  ];
  const words = new LiteralWords(literals);
  /** Each as it is written, with "^" where a word must begin, and what must stand where beside the word. */
  const read = (path: Int32Array) =>
    Array.from({ length: path.length / numbersOfPath }, (_, index) => {
      const [lead = 0, start, place, character = -1] = path.slice(index * 4);
      const { letters } = literals[lead >> 1] ?? { letters: "" };
      const sign = lead % 2 === 1 ? "^" : "";
      const other =
        character < 0 ? "" : `, ${JSON.stringify(String.fromCharCode(character))} at ${place}`;
      return `${sign}${letters} at ${start}${other}`;
    });
  const pathOf = (word: string) => read(words.pathOf(unitsOf(word), 0, word.length));

  it.each<[string, readonly string[]]>([
    ["instructions", ["struct at 2"]],
    ["Structure", ["struct at 0", "^struct at 0"]],
    ["systemstruct", [' system at -1, " " at -1', "struct at 6"]],
    ["ecosystem", []],
    ["rarely", ['the rare at -4, "e" at -2']],
    ["the", []],
    ["said", []],
    ["préai", ["^ai at 3"]],
    ["chatbots", ["bot at 4"]],
    ["both", []],
    ["botsé", ["bot at 0"]],
  ])("%s: %j", (word, wanted) => {
    expect(pathOf(word)).toEqual(wanted);
  });

  it("are told of signs where there is no letter", () => {
    expect(words.asked["<".charCodeAt(0)]).toBe(1);
    expect(read(words.pathOfSign("<".charCodeAt(0)))).toEqual(['<| at 0, "|" at 1']);
    expect(words.pathOfSign(">".charCodeAt(0))).toHaveLength(0);
  });
});
