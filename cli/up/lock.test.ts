import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { takeLock } from "./lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("lets one in, and tells the other who is there", () => {
  const lock = takeLock(folder);

  expect(() => takeLock(folder)).toThrow(
    `Another gateway runs on ${folder} (process ${process.pid}).`,
  );
  lock.release();
  expect(takeLock(folder).wasAbandoned).toBe(false);
});

it("is taken from one that was killed", () => {
  writeFileSync(join(folder, "up.lock"), `${spawnSync("true").pid}`);

  expect(takeLock(folder).wasAbandoned).toBe(true);
});

it.runIf(existsSync("/proc/self/stat"))(
  "is not held by a stranger with the same process id",
  () => {
    writeFileSync(join(folder, "up.lock"), `${process.pid} 1 of-an-earlier-boot`);

    expect(takeLock(folder).wasAbandoned).toBe(true);
  },
);
