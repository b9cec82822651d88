import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../errors.ts";

export interface Lock {
  /** Whether an earlier holder was killed: what it started may still be ending. */
  readonly wasAbandoned: boolean;
  release(): void;
}

/** Makes sure that one gateway at a time runs on a data folder. Throws a {@link CliError} when another one does. */
export function takeLock(folder: string): Lock {
  const file = join(folder, "up.lock");
  const wasAbandoned = removeAbandoned(file, folder);
  // Linked into place whole: nobody ever reads half a lock.
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, identityOf(process.pid), { mode: 0o600 });
  try {
    linkSync(mine, file);
  } catch (cause) {
    throw takenBy(readHolder(file), folder, cause);
  } finally {
    rmSync(mine, { force: true });
  }
  return { wasAbandoned, release: () => rmSync(file, { force: true }) };
}

function removeAbandoned(file: string, folder: string): boolean {
  const holder = readHolder(file);
  if (holder === undefined) return false;
  const pid = Number.parseInt(holder, 10);
  if (isAlive(pid) && identityOf(pid) === holder) throw takenBy(holder, folder);
  rmSync(file, { force: true });
  return true;
}

function takenBy(holder: string | undefined, folder: string, cause?: unknown): CliError {
  const pid = holder?.split(" ")[0] ?? "unknown";
  return new CliError(
    "failed",
    `Another gateway runs on ${folder} (process ${pid}). Stop it with Ctrl-C or "kill ${pid}", or choose another folder with --data-dir and other ports.`,
    { cause },
  );
}

function readHolder(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The process id, and where the system tells it the time of the start: after a reboot, ids come back. */
function identityOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ");
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${pid} ${fields?.[19]} ${bootId}`;
  } catch {
    return `${pid}`;
  }
}
