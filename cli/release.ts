import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The release of this mcpctl, from the nearest package.json: sources and dist lie at different depths. */
export function readRelease(directory = import.meta.dirname): string {
  const path = join(directory, "package.json");
  if (existsSync(path)) return String(JSON.parse(readFileSync(path, "utf8")).version);
  const parent = dirname(directory);
  return parent === directory ? "unknown" : readRelease(parent);
}
