import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes "npx mcpctl" work in this checkout, and notes which package-lock.json the dependencies are of.
 * npm runs it after each install, also where nothing of this can work: it never fails.
 */
export function link(root) {
  try {
    const command = join(root, "cli", "mcpctl.mjs");
    const place = join(root, "node_modules", ".bin", "mcpctl");
    if (existsSync(command)) {
      rmSync(place, { force: true });
      symlinkSync("../../cli/mcpctl.mjs", place);
      chmodSync(command, 0o755);
    }
    noteInstalled(root);
  } catch {
    // Without a link, "node cli/mcpctl.mjs" still does the same.
  }
}

/** Whether the dependencies are those of the package-lock.json that lies here now. */
export function isInstalled(root) {
  try {
    if (readFileSync(noteOf(root), "utf8") === digestOfLock(root)) return true;
    if (!agreesWithLock(root)) return false;
    noteInstalled(root);
    return true;
  } catch {
    return false;
  }
}

/** Somebody who installs by hand leaves no note of ours, but npm's own list. */
function agreesWithLock(root) {
  const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  const installed = packagesOf("node_modules/.package-lock.json");
  return Object.entries(packagesOf("package-lock.json")).every(
    ([place, { version, optional }]) =>
      place === "" || optional || installed[place]?.version === version,
  );
}

/** Remembers that the dependencies are those of package-lock.json. */
export function noteInstalled(root) {
  writeFileSync(noteOf(root), digestOfLock(root));
}

function noteOf(root) {
  return join(root, "node_modules", ".mcpgw-lock");
}

function digestOfLock(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}
