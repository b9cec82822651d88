import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The URL of the private Redis that runs in a folder, or ran there last; undefined when none ever did. Needs the rights of the user who started it. */
export function readRunningRedis(folder: string): string | undefined {
  try {
    const { url } = JSON.parse(readFileSync(runningFile(folder), "utf8")) as { url?: unknown };
    return typeof url === "string" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Where a private Redis leaves its URL. */
export function runningFile(folder: string): string {
  return join(folder, "running.json");
}
