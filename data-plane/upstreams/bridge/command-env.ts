import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Env } from "../../../core/service/env.ts";

const passedOn = ["HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/**
 * What a server process may see of our environment: nothing that could be a secret. The programs of the
 * packages that this software brings along are found first, and run on the same Node.
 */
export function commandEnv(env: Env): Record<string, string> {
  const found = passedOn.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const path = [
    ...packageBins(import.meta.dirname),
    dirname(process.execPath),
    env["PATH"] || "/usr/local/bin:/usr/bin:/bin",
  ];
  return { ...Object.fromEntries(found), PATH: path.join(delimiter) };
}

/** The nearest first: where this package is installed as a dependency, its own lie further up. */
function packageBins(directory: string): string[] {
  const bin = join(directory, "node_modules", ".bin");
  const parent = dirname(directory);
  const further = parent === directory ? [] : packageBins(parent);
  return existsSync(bin) ? [bin, ...further] : further;
}
