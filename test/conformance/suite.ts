import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** One verdict of the suite. */
export interface Check {
  readonly scenario: string;
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

const require = createRequire(import.meta.url);
const suite = join(
  dirname(require.resolve("@modelcontextprotocol/conformance/package.json")),
  "dist/index.js",
);
/** The whole suite takes seconds: what takes longer hangs. */
const deadlineMs = 120_000;
/** Revisions that the suite has a fixed list of requirements for, extensions included. */
const withRequirements = ["2025-11-25", "2026-07-28"];

/** Lets the suite test a server. */
export function testServer(url: string, version: string): Promise<Check[]> {
  const selection = withRequirements.includes(version)
    ? ["--requirements", version]
    : ["--suite", "all", "--spec-version", version];
  return runSuite(["server", "--url", url, ...selection]);
}

/** Lets the suite be the server for one scenario, and start a script as its client. */
export function testClient(script: string, scenario: string, version: string): Promise<Check[]> {
  const command = `${process.execPath} ${join(import.meta.dirname, script)}`;
  const selection = ["--scenario", scenario, "--spec-version", version];
  return runSuite(["client", "--command", command, ...selection]);
}

async function runSuite(args: readonly string[]): Promise<Check[]> {
  const folder = mkdtempSync(join(tmpdir(), "mcpgw-conformance-"));
  try {
    const said = await run([suite, ...args, "-o", folder]);
    const checks = readChecks(folder);
    if (checks && checks.length > 0) return checks;
    throw new Error(`the suite did not come to its end: ${args.join(" ")}\n${said}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a script to its end. Resolves to what it printed. */
async function run(args: readonly string[]): Promise<string> {
  // A group of its own: the suite does not end a client that hangs.
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => said.push(chunk));
  }
  let isHanging = false;
  const giveUp = setTimeout(() => {
    isHanging = true;
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  }, deadlineMs);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  clearTimeout(giveUp);
  const output = Buffer.concat(said).toString("utf8");
  if (isHanging) throw new Error(`no end within ${deadlineMs} ms: ${args.join(" ")}\n${output}`);
  return output;
}

/**
 * Each run of a scenario leaves a folder `[server-]<scenario>-<time>` with the file checks.json.
 * Undefined when that is missing in one: the suite died in the middle of it.
 */
function readChecks(folder: string): Check[] | undefined {
  const names = readdirSync(folder);
  if (!names.every((name) => existsSync(join(folder, name, "checks.json")))) return undefined;
  return names.flatMap((name) => {
    const scenario = name.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "");
    const checks: Omit<Check, "scenario">[] = JSON.parse(
      readFileSync(join(folder, name, "checks.json"), "utf8"),
    );
    return checks.map(({ id, status, errorMessage }) => ({
      scenario,
      id,
      status,
      ...(errorMessage !== undefined && { errorMessage }),
    }));
  });
}
