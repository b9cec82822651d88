import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A holder that died between making the folder and naming itself is given this long. */
const namelessMs = 5_000;

/**
 * Lets one process install at a time; the others wait here. Resolves to what lets the next one in.
 * The lock lies outside node_modules, which npm removes.
 */
export async function takeInstallLock(root) {
  const home = join(root, ".mcpgateway");
  const lock = join(home, "install.lock");
  mkdirSync(home, { recursive: true, mode: 0o700 });

  for (let told = false; !tryToTake(lock); ) {
    if (isStale(lock)) {
      remove(lock);
      continue;
    }
    if (!told) console.error("Another process installs the dependencies: waiting for it …");
    told = true;
    await sleep(250);
  }
  return () => rmSync(lock, { recursive: true, force: true });
}

function tryToTake(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(lock, "pid"), String(process.pid));
  return true;
}

function isStale(lock) {
  try {
    const pid = Number(readFileSync(join(lock, "pid"), "utf8"));
    return pid > 0 ? !isAlive(pid) : isOld(lock);
  } catch {
    return isOld(lock);
  }
}

function isOld(lock) {
  try {
    return Date.now() - statSync(lock).mtimeMs > namelessMs;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Renames first: of two that find the same stale lock, one removes it, and neither removes the next one's. */
function remove(lock) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    rmSync(aside, { recursive: true, force: true });
  } catch {
    // Another process was quicker.
  }
}
