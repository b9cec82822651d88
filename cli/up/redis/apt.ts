import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { Env } from "../../../core/service/env.ts";
import { CliError } from "../../errors.ts";

const run = promisify(execFile);

/** Whether this is Debian or a child of it, and the user may install packages. */
export function mayInstallByApt(): boolean {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version");
}

/** Installs the Redis programs, without the package that would start a system service. */
export async function installRedisByApt(aptGet: string, env: Env): Promise<void> {
  const options = { env: { ...env, DEBIAN_FRONTEND: "noninteractive" }, timeout: 300_000 };
  try {
    // An old index still installs what it lists, so only the second command decides.
    await run(aptGet, ["update"], options).catch(() => undefined);
    await run(aptGet, ["install", "-y", "--no-install-recommends", "redis-tools"], options);
  } catch (cause) {
    throw refusalOf(cause);
  }
}

function refusalOf(cause: unknown): CliError {
  const lines = String((cause as { stderr?: string }).stderr || cause).trim();
  const last = lines.split("\n").slice(-3).join("\n  ");
  return new CliError("failed", `apt could not install Redis:\n  ${last}`, { cause });
}
