import { readFileSync } from "node:fs";

/** The version of this software, as package.json has it. */
export const release: string = readRelease();

function readRelease(): string {
  // From the sources the file is two folders up, from a build one more.
  for (const path of ["../../package.json", "../../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
      if (name === "mcp-gateway") return version;
    } catch {
      // Not there: the next place.
    }
  }
  return "unknown";
}
