import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CliError } from "../errors.ts";

/** Where the gateway of one machine keeps what outlives it. Absolute paths. */
export interface DataFolder {
  readonly path: string;
  readonly logs: string;
  readonly redis: string;
  readonly demo: string;
  readonly operatorToken: string;
  readonly joinToken: string;
  readonly demoKey: string;
  /** The folder of one proxy or bridge. */
  snapshotsOf(proxy: string): string;
}

/** Makes the folder, for this user only. */
export function openDataFolder(path: string): DataFolder {
  const root = resolve(path);
  const inside = (name: string) => join(root, name);
  try {
    for (const folder of [root, inside("logs"), inside("secrets")]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
    }
  } catch (cause) {
    throw unusable(root, cause);
  }
  return {
    path: root,
    logs: inside("logs"),
    redis: inside("redis"),
    demo: inside("demo"),
    operatorToken: inside("secrets/operator-token"),
    joinToken: inside("secrets/join-token"),
    demoKey: inside("secrets/demo-agent-key"),
    snapshotsOf: (proxy) => inside(proxy),
  };
}

function unusable(root: string, cause: unknown): CliError {
  const { code } = cause as NodeJS.ErrnoException;
  const message = `Cannot use ${root} as the data folder (${code}): choose another with --data-dir.`;
  return new CliError("failed", message, { cause });
}

/** Reads a secret, undefined when there is none yet. */
export function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export function writeSecret(file: string, secret: string): void {
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  // The mode above counts only for a file that did not exist.
  chmodSync(file, 0o600);
}

/** Reads a secret, or makes it the first time. */
export function secretOf(file: string, create: () => string): string {
  const known = readSecret(file);
  if (known !== undefined) return known;
  const secret = create();
  writeSecret(file, secret);
  return secret;
}
