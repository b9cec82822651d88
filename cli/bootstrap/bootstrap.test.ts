import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mcpgw-bootstrap-"));
  mkdirSync(join(root, "cli"));
  cpSync("cli/bootstrap.mjs", join(root, "cli/bootstrap.mjs"));
  cpSync("cli/bootstrap", join(root, "cli/bootstrap"), { recursive: true });
  cpSync("cli/mcpctl.mjs", join(root, "cli/mcpctl.mjs"));
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "cli/main.ts"), "#!/usr/bin/env node\nconsole.log('mcpctl');\n");
  writeFileSync(join(root, "hello.mjs"), "console.log('hello', ...process.argv.slice(2));\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Puts an npm before the real one that does what the shell script says, and notes each run. */
function fakeNpm(script: string): void {
  mkdirSync(join(root, "bin"), { recursive: true });
  const npm = join(root, "bin", "npm");
  writeFileSync(npm, `#!/bin/sh\necho "$@" >> "${root}/npm-runs"\n${script}\n`);
  chmodSync(npm, 0o755);
}

const installs = (node = process.execPath) =>
  `rm -rf node_modules; mkdir -p node_modules/.bin; ln -s "${node}" node_modules/.bin/node`;

function env(): NodeJS.ProcessEnv {
  return { ...process.env, npm_execpath: "", PATH: `${root}/bin:${process.env["PATH"]}` };
}

function bootstrap(...args: string[]): SpawnSyncReturns<string> {
  const file = join(root, "cli/bootstrap.mjs");
  return spawnSync(process.execPath, [file, ...args], { cwd: root, env: env(), encoding: "utf8" });
}

const npmRuns = () =>
  existsSync(join(root, "npm-runs"))
    ? readFileSync(join(root, "npm-runs"), "utf8").trim().split("\n").length
    : 0;

it("installs once, then runs the file with its arguments", () => {
  fakeNpm(installs());

  expect(bootstrap("run", "hello.mjs", "big", "world").stdout).toBe("hello big world\n");
  expect(bootstrap("run", "hello.mjs").stdout).toBe("hello\n");
  expect(npmRuns()).toBe(1);
});

it("installs again when package-lock.json has changed", () => {
  fakeNpm(installs());
  bootstrap("install");

  writeFileSync(join(root, "package-lock.json"), '{"changed": true}');
  bootstrap("install");

  expect(npmRuns()).toBe(2);
});

it("takes what somebody has installed by hand, when it is what package-lock.json names", () => {
  const lock = (version: string) =>
    JSON.stringify({ packages: { "": {}, "node_modules/ioredis": { version } } });
  fakeNpm(`${installs()}; cp package-lock.json node_modules/.package-lock.json`);
  bootstrap("install");

  writeFileSync(join(root, "package-lock.json"), lock("6.0.0"));
  writeFileSync(join(root, "node_modules/.package-lock.json"), lock("6.0.0"));
  bootstrap("install");
  expect(npmRuns()).toBe(1);

  writeFileSync(join(root, "package-lock.json"), lock("6.0.1"));
  bootstrap("install");
  expect(npmRuns()).toBe(2);
});

it("makes the command available that npx looks for", () => {
  fakeNpm(installs());

  bootstrap("install");

  const ran = spawnSync(join(root, "node_modules/.bin/mcpctl"), { encoding: "utf8" });
  expect(ran.stdout).toBe("mcpctl\n");
});

/** Runs mcpctl with a Node that says it is 20: it must not see the TypeScript itself. */
function oldMcpctl(...args: string[]) {
  const pretend = join(root, "pretend.cjs");
  writeFileSync(
    pretend,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
  );
  const link = join(root, "node_modules/.bin/mcpctl");
  return spawn(process.execPath, ["--require", pretend, link, ...args], { env: env() });
}

async function endOf(child: ReturnType<typeof oldMcpctl>) {
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (output.stdout += chunk));
  child.stderr.on("data", (chunk) => (output.stderr += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

it("hands mcpctl over to the project's own Node where the running one is too old", async () => {
  fakeNpm(installs());
  bootstrap("install");
  writeFileSync(
    join(root, "cli/main.ts"),
    "console.log(process.versions.node, ...process.argv.slice(2)); process.exitCode = 3 as number;",
  );

  expect(await endOf(oldMcpctl("fleet", "-o", "json"))).toEqual({
    code: 3,
    stdout: `${process.versions.node} fleet -o json\n`,
    stderr: "",
  });
});

it("passes signals on to the mcpctl that it has handed over to", async () => {
  fakeNpm(installs());
  bootstrap("install");
  const main =
    "process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000);";
  writeFileSync(join(root, "cli/main.ts"), main);

  const child = oldMcpctl("audit", "tail", "-f");
  child.stdout.once("data", () => child.kill("SIGTERM"));

  expect((await endOf(child)).code).toBe(9);
});

it("says in one sentence why mcpctl cannot run without the project's own Node", async () => {
  fakeNpm(installs());
  bootstrap("install");
  rmSync(join(root, "node_modules/.bin/node"));

  const { code, stdout, stderr } = await endOf(oldMcpctl("fleet"));

  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^mcpctl runs on Node 22\.19 or later, this is Node 20\.20\.2.*npm ci\n$/);
});

it("shows npm's last words and what to do when the install fails", () => {
  fakeNpm('echo "npm error network request failed" >&2; exit 7');

  const ran = bootstrap("run", "hello.mjs");

  expect(ran.status).toBe(1);
  expect(ran.stdout).toBe("");
  expect(ran.stderr).toContain("npm error network request failed");
  expect(ran.stderr).toContain('"npm ci" shows more');
});

it("takes the versions of a lock that npm ci refuses, because it knows of this platform only", () => {
  const refusal =
    "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync";
  fakeNpm(`if [ "$1" = ci ]; then echo '${refusal}' >&2; exit 1; fi; ${installs()}`);

  expect(bootstrap("run", "hello.mjs").stdout).toBe("hello\n");
  expect(readFileSync(join(root, "npm-runs"), "utf8")).toMatch(/^ci .*\ninstall --no-save .*\n$/);
});

it("passes the exit code and the signals of what it runs through", async () => {
  fakeNpm(installs());
  writeFileSync(join(root, "fails.mjs"), "process.exit(42);");
  expect(bootstrap("run", "fails.mjs").status).toBe(42);

  const script =
    "process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000);";
  writeFileSync(join(root, "waits.mjs"), script);
  const child = spawn(process.execPath, [join(root, "cli/bootstrap.mjs"), "run", "waits.mjs"], {
    cwd: root,
    env: env(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout.once("data", () => child.kill("SIGTERM"));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(9);
});

it("lets one of several starts install while the others wait", async () => {
  fakeNpm(`${installs()}; sleep 1`);

  const start = () =>
    new Promise((resolve) => {
      const file = join(root, "cli/bootstrap.mjs");
      const child = spawn(process.execPath, [file, "install"], { cwd: root, env: env() });
      child.once("exit", resolve);
    });

  expect(await Promise.all([start(), start(), start()])).toEqual([0, 0, 0]);
  expect(npmRuns()).toBe(1);
});

it("is not stopped by the lock of an install that was killed", () => {
  fakeNpm(installs());
  const gone = spawnSync("true").pid;
  mkdirSync(join(root, ".mcpgateway/install.lock"), { recursive: true });
  writeFileSync(join(root, ".mcpgateway/install.lock/pid"), String(gone));

  expect(bootstrap("run", "hello.mjs").stdout).toBe("hello\n");
});

it("tells a Node that is too old in one sentence", () => {
  const pretend = join(root, "pretend.cjs");
  writeFileSync(
    pretend,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '16.20.2' } });",
  );

  const file = join(root, "cli/bootstrap.mjs");
  const ran = spawnSync(process.execPath, ["--require", pretend, file, "install"], {
    encoding: "utf8",
  });

  expect(ran.status).toBe(1);
  expect(ran.stderr).toMatch(/^Node 16\.20\.2 is too old .*Node 18 or later.*\n$/);
});

it("says so when neither the project's own Node nor a new one is there", () => {
  fakeNpm("mkdir -p node_modules/.bin");
  const pretend = join(root, "pretend.cjs");
  writeFileSync(
    pretend,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
  );

  const ran = spawnSync(
    process.execPath,
    ["--require", pretend, join(root, "cli/bootstrap.mjs"), "run", "hello.mjs"],
    { cwd: root, env: env(), encoding: "utf8" },
  );

  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain("npm rebuild node");
});

it("never fails to link, whatever is missing", () => {
  rmSync(join(root, "package-lock.json"));

  expect(bootstrap("link").status).toBe(0);
});
