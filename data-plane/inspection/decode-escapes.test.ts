import { expect, it } from "vitest";
import { decodeEntities, decodeEscapes, decodePercent } from "./decode-escapes.ts";

it.each([
  ["%2e%2E%2f", "../"],
  ["%c3%bc %C3 %zz %", "ü \ufffd %zz %"],
  ["пароль%20密码", "пароль 密码"],
  ["%c0%ae", "."],
])("percent escapes are UTF-8, among letters of any script: %s", (written, meant) => {
  expect(decodePercent(written)).toBe(meant);
});

it.each([
  ["\\u0061dmin", "admin"],
  ["\\u{2e}\\x2e\\U0000002f\\057", "..//"],
  ["\\ud83d\\ude00 \\u{1f600}", "😀 😀"],
  ["C:\\users\\xavier", "C:\\users\\xavier"],
])("escapes take as many digits as they ask for: %s", (written, meant) => {
  expect(decodeEscapes(written)).toBe(meant);
});

it.each([
  ["&#46;&#0000046;&#x2F;&#x00002f", "..//"],
  ["&#1114112; &amp; &#;", "&#1114112; &amp; &#;"],
])("entities may have zeros in front, and need no end: %s", (written, meant) => {
  expect(decodeEntities(written)).toBe(meant);
});
