import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { linesOf } from "./lines-of.ts";

const folder = mkdtempSync(join(tmpdir(), "lines-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("reads lines across the borders of what is read at once, letters of several bytes too", () => {
  const file = join(folder, "a.jsonl");
  const lines = ["ü".repeat(700_000), "", "€".repeat(500_000), "end"];
  writeFileSync(file, lines.join("\n"));
  expect([...linesOf(file)]).toEqual(lines);
});
