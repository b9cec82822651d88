import { expect, it } from "vitest";
import { holdsHalfPair, writeWhole } from "./half-pairs.ts";

it.each([
  ['{"a":"\\ud800"}', true],
  ['{"a":"\\udc00"}', true],
  ['{"a":"\\ud83dx\\ude00"}', true],
  ['{"a":"\\ud83d\\ud83d\\ude00"}', true],
  ['{"a":"\\ud83d\\ude00\\ude00"}', true],
  ['{"\\uDBFF":1}', true],
  ['{"a":"\\ud83d\\n\\ude00"}', true],
  ['{"a":"\\ud83d\\ude00"}', false],
  ['{"a":"\\\\ud800"}', false],
  ['{"a":"\\\\\\ud800"}', true],
  ['{"a":"\\u0041\\ud7ff\\ue000"}', false],
  ["{}", false],
])("half a pair in %s: %s", (text, expected) => {
  expect(holdsHalfPair(text)).toBe(expected);
  const alike = (JSON.stringify(JSON.parse(text)).match(/\\u[dD]/) ?? []).length > 0;
  expect(alike && !text.includes("\\\\ud")).toBe(expected && !text.includes("\\\\ud"));
});

it("is written as U+FFFD, in texts and keys; what is whole stays", () => {
  const written = writeWhole({ a: ["x\ud800", { "\udc00k": "😀" }], b: "\\ud800" });
  expect(JSON.parse(written)).toEqual({ a: ["x\ufffd", { "\ufffdk": "😀" }], b: "\\ud800" });
});
