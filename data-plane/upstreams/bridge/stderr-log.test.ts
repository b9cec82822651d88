import { expect, it } from "vitest";
import { createMemoryLog } from "../../../test/support/memory-log.ts";
import { StderrLog } from "./stderr-log.ts";

function listen(secrets: readonly string[] = []) {
  const { log, lines } = createMemoryLog();
  const clock = { now: 0 };
  const heard = new StderrLog(log, secrets, () => clock.now);
  const read = () => lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  return { heard, clock, read };
}

it("puts lines together, cuts long ones, and takes up the next", () => {
  const { heard, read } = listen();
  heard.push(Buffer.from("one, in "));
  heard.push(Buffer.from("two\nparts\n"));
  for (let count = 0; count < 100; count += 1) heard.push(Buffer.alloc(100_000, "x"));
  heard.push(Buffer.from("\nafter it"));
  heard.end();
  const said = read().map(({ line }) => String(line));
  expect(said.map((line) => line.slice(0, 20))).toEqual([
    "one, in two",
    "parts",
    "x".repeat(20),
    "after it",
  ]);
  expect(said[2]).toHaveLength(4_096);
});

it("takes a hundred lines in ten seconds, and counts the others", () => {
  const { heard, clock, read } = listen();
  for (let count = 0; count < 1_000; count += 1) heard.push(Buffer.from(`line ${count}\n`));
  expect(read()).toHaveLength(100);
  clock.now = 10_000;
  heard.push(Buffer.from("later\n"));
  expect(read().slice(100)).toMatchObject([{ lines: 900 }, { line: "later" }]);
});

it("repeats no secret, not even one that lies across the cut or within another", () => {
  const { heard, read } = listen(["hunter2", "hunter2-and-more"]);
  heard.push(Buffer.from(`hunter2-and-more, hunter2\n${"x".repeat(4_090)}hunter2\n`));
  const said = read().map(({ line }) => String(line));
  expect(said[0]).toBe("[secret], [secret]");
  expect(said.join()).not.toMatch(/hunt/);
});
