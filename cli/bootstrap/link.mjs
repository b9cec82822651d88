import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes "npx mcpctl" work in this checkout, and notes which package-lock.json the dependencies are of.
 * npm runs it after each install, also where nothing of this can work: it never fails.
 */
export function link(root) {
  try {
    const command = join(root, "cli", "main.ts");
    const place = join(root, "node_modules", ".bin", "mcpctl");
    if (existsSync(command)) {
      rmSync(place, { force: true });
      symlinkSync("../../cli/main.ts", place);
      chmodSync(command, 0o755);
    }
    noteInstalled(root);
  } catch {
    // Without a link, "node cli/main.ts" still does the same.
  }
}

/** Whether the dependencies were made from the package-lock.json that lies here now. */
export function isInstalled(root) {
  try {
    return readFileSync(noteOf(root), "utf8") === digestOfLock(root);
  } catch {
    return false;
  }
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
