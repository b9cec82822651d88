import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The version of this software, from the nearest package.json: sources and dist lie at different depths. */
export const release: string = readRelease(import.meta.dirname);

function readRelease(directory: string): string {
  const path = join(directory, "package.json");
  if (existsSync(path)) return String(JSON.parse(readFileSync(path, "utf8")).version);
  const parent = dirname(directory);
  return parent === directory ? "unknown" : readRelease(parent);
}
