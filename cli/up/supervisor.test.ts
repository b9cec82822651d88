import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ChildSpec } from "./child.ts";
import { Supervisor } from "./supervisor.ts";

let folder: string;
let supervisor: Supervisor;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw-supervisor-"));
  said = [];
  supervisor = new Supervisor({
    logFolder: folder,
    say: (line) => said.push(line),
    firstRestartMs: 10,
  });
});
afterEach(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A process that notes in a common file when it starts and ends, and otherwise does what the code says. */
function child(name: string, code = "setInterval(() => {}, 1000);"): ChildSpec {
  const file = join(folder, `${name}.mjs`);
  const journal = JSON.stringify(join(folder, "journal"));
  writeFileSync(
    file,
    `import { appendFileSync } from "node:fs";
     const note = (what) => appendFileSync(${journal}, "${name} " + what + "\\n");
     process.on("SIGTERM", () => { note("ends"); process.exit(0); });
     note("starts");
     ${code}`,
  );
  return { name, command: process.execPath, args: [file], env: process.env, hasChannel: true };
}

function journal(): readonly string[] {
  const file = join(folder, "journal");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}
const starts = (name: string) => journal().filter((line) => line === `${name} starts`).length;

it("ends the processes in the reverse of the order in which they started", async () => {
  supervisor.start(child("redis"));
  supervisor.start(child("control-plane"));
  supervisor.start(child("bridge"));
  supervisor.start(child("proxy-1"), child("proxy-2"));
  await vi.waitFor(() => expect(journal()).toHaveLength(5), 10_000);

  await supervisor.stop();

  const ends = journal().slice(5);
  expect(ends.slice(0, 2).toSorted()).toEqual(["proxy-1 ends", "proxy-2 ends"]);
  expect(ends.slice(2)).toEqual(["bridge ends", "control-plane ends", "redis ends"]);
});

it("starts a process again that dies, and says so in the process's own words", async () => {
  const [proxy] = supervisor.start(
    child(
      "proxy-1",
      `console.error('{"level":50,"msg":"out of luck"}'); setTimeout(() => process.exit(3), 100);`,
    ),
  );
  proxy?.markReady();

  await vi.waitFor(() => expect(starts("proxy-1")).toBeGreaterThanOrEqual(4), 10_000);

  expect(said[0]).toMatch(/^proxy-1 ended \(exit code 3\)\. Starting it again in \d+\.\d s\./);
  expect(said[0]).toContain("out of luck");
  expect(said[0]).toContain(join(folder, "proxy-1.log"));
  expect(said[0]).not.toContain('"level"');
});

it("gives up a process that dies three times before it was ready", async () => {
  supervisor.start(child("bridge", "console.error('port is stuck'); process.exit(1);"));

  const error = await supervisor.failed;

  expect(error.message).toMatch(/^bridge ended 3 times before it was ready \(exit code 1\)/);
  expect(error.message).toContain("port is stuck");
  expect(starts("bridge")).toBe(3);
});

it("gives up a program that cannot be run", async () => {
  supervisor.start({ ...child("redis"), command: join(folder, "missing") });

  expect((await supervisor.failed).message).toContain("ENOENT");
});

describe("when somebody does not want to wait", () => {
  it("ends the processes that do not listen", async () => {
    const deaf =
      "process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => note('hears'));";
    supervisor.start({ ...child("redis"), killSignal: "SIGTERM" });
    supervisor.start(child("proxy-1", `${deaf} setInterval(() => {}, 1000);`));
    await vi.waitFor(() => expect(journal()).toHaveLength(2), 10_000);

    const stopped = supervisor.stop();
    await vi.waitFor(() => expect(journal()).toContain("proxy-1 hears"), 5_000);
    supervisor.kill();
    await stopped;

    expect(journal()).toContain("redis ends");
  });
});
