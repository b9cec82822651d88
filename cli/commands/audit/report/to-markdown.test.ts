import { expect, it } from "vitest";
import { toMarkdown } from "./to-markdown.ts";

it.each([
  ["a link", "[x](http://evil.example)", "\\[x\\]\\(http\\://evil.example\\)"],
  ["an address that GFM links by itself", "see www.evil.example", "see www\\.evil.example"],
  ["one in capitals", "WWW.evil.example", "WWW\\.evil.example"],
  ["a mail address", "a@evil.example", "a\\@evil.example"],
  ["a formula", "$x$", "\\$x\\$"],
  ["another cell", "a | b", "a \\| b"],
  ["another line", "a\n# b", "a\\\\n\\# b"],
  ["HTML", "<img src=x>", "\\<img src=x\\>"],
])("shows %s as text", (_, agent, shown) => {
  const usage = [{ agent, tool: "read", calls: 1, outcomes: "answered 1" }];
  const period = { from: "a", to: "b", madeAt: "c", calls: 1, leftOut: [] };
  const report = { ...period, outcomes: [], usage, monitored: [], held: [], acts: [] };
  expect(toMarkdown(report)).toContain(`| ${shown} | read | 1 | answered 1 |`);
});
