import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw-parent-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(rest: string): string {
  const file = join(folder, "child.mjs");
  const imported = `import { exitWithParent } from ${JSON.stringify(resolve("core/service/parent.ts"))};`;
  writeFileSync(file, `${imported}\nexitWithParent();\n${rest}`);
  return file;
}

it("ends a process whose parent has gone", async () => {
  const child = fork(script("setInterval(() => {}, 1000); process.send('ready');"));
  await once(child, "message");

  child.disconnect();

  expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
});

it("does not keep a process alive that has finished", async () => {
  const child = fork(script(""));

  expect(await once(child, "exit")).toEqual([0, null]);
});

it("does nothing in a process that nobody holds a channel to", () => {
  expect(spawnSync(process.execPath, [script("")]).status).toBe(0);
});
