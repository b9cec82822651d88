import { expect, it } from "vitest";
import { field } from "./change.ts";
import { reviseJson } from "./revise-json.ts";

const rename = field("name", () => "new");

it("changes what it is told to, and no number", () => {
  const numbers =
    '[12345678901234567890,1.10,1e400,-0,0.1,{"deep":9007199254740993},1e3,-12.5,100]';
  expect(reviseJson(`{"name":"old","numbers":${numbers}}`, rename)).toBe(
    `{"name":"new","numbers":${numbers.replace("1e3", "1000")}}`,
  );
});

it("returns the text as it came when nothing changes", () => {
  const text = '{ "other" : 1.0, "x":"é" }';
  expect(reviseJson(text, rename)).toBe(text);
});

it("reads past a byte order mark", () => {
  expect(reviseJson('\uFEFF{"name":"old"}', rename)).toBe('{"name":"new"}');
});
