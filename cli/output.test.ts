import { expect, it } from "vitest";
import { parse } from "yaml";
import { escapeControls } from "../core/text/escape-controls.ts";
import { formatDetails, formatJson, formatTable, formatYaml } from "./output.ts";

/** Escapes that a terminal obeys, and characters that deceive the reader. */
const hostile = "a\u001b]0;owned\u0007b\u009b31m\r\n\tc\u202etxt\u200b\u2028\ud800\u{e0041}é漢";

const isHarmless = (text: string) =>
  !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text.replaceAll("\n", ""));

it("shows what a terminal would obey, and leaves letters alone", () => {
  expect(escapeControls(hostile)).toBe(
    "a\\x1b]0;owned\\x07b\\x9b31m\\r\\n\\tc\\u{202e}txt\\u{200b}\\u{2028}\\u{d800}\\u{e0041}é漢",
  );
});

it("keeps a cell from forging a row", () => {
  const table = formatTable(
    ["ID", "TOOL"],
    [
      ["1", "read\nEVIL  row"],
      ["longer", ""],
    ],
  );

  expect(table.split("\n")).toEqual(["ID      TOOL", "1       read\\nEVIL  row", "longer  -"]);
});

it("keeps a value from forging a detail, and leaves empty ones out", () => {
  expect(formatDetails({ agent: "a\nstate: approved", why: "", rule: "r" })).toBe(
    "agent: a\\nstate: approved\nrule:  r",
  );
});

it("escapes in JSON's own way, so that it reads back", () => {
  const text = formatJson({ [hostile]: [hostile] });

  expect(isHarmless(text)).toBe(true);
  expect(JSON.parse(text)).toEqual({ [hostile]: [hostile] });
});

it("escapes in YAML's own way, so that it reads back", () => {
  // Half a surrogate pair is no YAML.
  const value = { [hostile.replace("\ud800", "")]: [hostile.replace("\ud800", "")], plain: "a: b" };

  const text = formatYaml(value);

  expect(isHarmless(text)).toBe(true);
  expect(parse(text)).toEqual(value);
});

it("writes NDJSON as one line", () => {
  expect(formatJson({ a: { b: ["c\n"] } }, 0)).toBe('{"a":{"b":["c\\n"]}}');
});
