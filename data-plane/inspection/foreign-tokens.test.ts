import { expect, it } from "vitest";
import { withoutForeignTokens } from "./foreign-tokens.ts";
import { ScanCopy } from "./scan-copy.ts";

const once = (text: string) => withoutForeignTokens(text, new ScanCopy(text));
const twice = (text: string) => once(once(text));

it.each([
  ["a [[mcpgw:card:ixnpz22ben]] b", "a [[not-mcpgw:card:ixnpz22ben]] b"],
  ["[[MCPgw:x:y]] [[mcpgw:", "[[not-mcpgw:x:y]] [[not-mcpgw:"],
  ["[[[[mcpgw:a:b]]", "[[[[not-mcpgw:a:b]]"],
  ["[[[mcpgw:[[mcpgw:a:b]]", "[[[not-mcpgw:[[not-mcpgw:a:b]]"],
  ["[\u200b[mc\u00adpgw:a:b]]", "[[not-mcpgw:a:b]]"],
  ["［［ｍｃｐｇｗ：a:b]]", "[[not-mcpgw:a:b]]"],
  ["[[mсpgw:a:b]]", "[[not-mcpgw:a:b]]"],
  ["u-ixnpz22ben@redacted.invalid", "u-ixnpz22ben@not-redacted.invalid"],
  ["\u0130 [[mcpgw:a:b]]", "\u0130 [[not-mcpgw:a:b]]"],
  ["[[page]] mcpgw: ann@corp-y.com", "[[page]] mcpgw: ann@corp-y.com"],
  ["[[not-mcpgw:a:b]] Grüße", "[[not-mcpgw:a:b]] Grüße"],
])("%j becomes %j, also done twice", (text, expected) => {
  expect(once(text)).toBe(expected);
  expect(twice(text)).toBe(expected);
});

it("finds a token that hides far behind honest text beyond ASCII", () => {
  const before = "é – \u{1f600} ".repeat(2_000);
  expect(once(`${before}[\u200b[mc\u00adpgw:a:b]]`)).toBe(`${before}[[not-mcpgw:a:b]]`);
  expect(once(`${"x".repeat(1_023)}[[m\u0441pgw:a`)).toBe(`${"x".repeat(1_023)}[[not-mcpgw:a`);
});
