import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import type { Logger } from "../../../core/service/log.ts";

const restartAfterMs = 1_000;

/**
 * Reads "+<group>" and "-<group>" lines. When they end, whoever wrote them is gone, however that came about, and
 * the groups that are left end: asked first, and then made to.
 */
const script = `
groups=" "
while read -r op group; do
  case $op in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
[ "$groups" = " " ] || sleep 2
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/**
 * Ends the process groups of a bridge that was killed and could do nothing any more. Without it, a server that does
 * not end with its input, or has started others, would stay. It is a shell that waits for its input to end.
 */
export class Watchdog {
  readonly #log: Logger;
  readonly #groups = new Set<number>();
  #shell: ChildProcessByStdio<Writable, null, null> | undefined;
  #isClosed = false;

  constructor(log: Logger) {
    this.#log = log;
    this.#start();
  }

  watch(group: number): void {
    this.#groups.add(group);
    this.#tell("+", group);
  }

  /** To be called when nobody of the group is left: its number may be given to others. */
  unwatch(group: number): void {
    if (this.#groups.delete(group)) this.#tell("-", group);
  }

  close(): void {
    this.#isClosed = true;
    this.#shell?.stdin.end();
  }

  #tell(op: "+" | "-", group: number): void {
    if (this.#shell?.stdin.writable) this.#shell.stdin.write(`${op} ${group}\n`);
  }

  /** In a session of its own, so that what ends the bridge's group does not end it first. */
  #start(): void {
    const shell = spawn("/bin/sh", ["-c", script], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    });
    shell.stdin.on("error", () => {});
    shell.once("error", (error) => {
      this.#log.warn(
        { cause: error.message },
        "no shell watches over the servers: they may outlive a bridge that is killed",
      );
    });
    shell.once("exit", () => {
      if (this.#isClosed || shell !== this.#shell) return;
      this.#log.warn("the watchdog over the servers ended: another one starts");
      setTimeout(() => this.#isClosed || this.#start(), restartAfterMs).unref();
    });
    shell.unref();
    (shell.stdin as Writable & { unref?: () => void }).unref?.();
    this.#shell = shell;
    for (const group of this.#groups) this.#tell("+", group);
  }
}
