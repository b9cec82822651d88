import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ChildLog } from "./child-log.ts";

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "mcpgw-log-")), "proxy-1.log");
});
afterEach(() => rmSync(join(path, ".."), { recursive: true, force: true }));

it("stays within its bound, and keeps one older file", () => {
  const log = new ChildLog(path, { rotateAtBytes: 100 });

  for (let index = 0; index < 10; index++) log.write(Buffer.from(`${"x".repeat(38)}${index}\n`));
  log.close();

  expect(readFileSync(path, "utf8")).toBe(`${"x".repeat(38)}8\n${"x".repeat(38)}9\n`);
  expect(readFileSync(`${path}.1`, "utf8")).toBe(`${"x".repeat(38)}6\n${"x".repeat(38)}7\n`);
});

it("remembers the messages of the last lines, however they arrive", () => {
  const log = new ChildLog(path);

  log.write(Buffer.from('{"msg":"cannot start","err":{"mess'));
  log.write(Buffer.from('age":"port is stuck"}}\nplain words\n'));
  log.close();

  expect(log.lastMessages()).toEqual(["cannot start: port is stuck", "plain words"]);
});

it("forgets messages that are too old to explain what happens now", () => {
  let nowMs = 0;
  const log = new ChildLog(path, { now: () => nowMs });
  log.write(Buffer.from("the gateway runs\n"));

  nowMs = 60_000;
  expect(log.lastMessages()).toEqual([]);

  log.write(Buffer.from("out of luck\n"));
  nowMs += 10_000;
  expect(log.lastMessages()).toEqual(["out of luck"]);
  log.close();
});
