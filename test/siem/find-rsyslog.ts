import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** How to run rsyslog. */
export interface Rsyslog {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const packages = ["rsyslog", "rsyslog-gnutls", "libestr0", "libfastjson4"];

/** The rsyslog that is installed here, or on Debian its packages, unpacked into the folder and not installed. */
export function findRsyslog(folder: string): Rsyslog {
  // biome-ignore lint/style/noProcessEnv: no main.ts stands above the tests to hand it in.
  const env = process.env;
  const places = [...(env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const installed = places.map((place) => join(place, "rsyslogd")).find((it) => existsSync(it));
  if (installed) return { command: installed, args: [], env };
  const root = join(folder, "rsyslog");
  mkdirSync(root, { recursive: true });
  try {
    execFileSync("apt-get", ["download", ...packages], { cwd: root, stdio: "pipe" });
    for (const name of readdirSync(root).filter((it) => it.endsWith(".deb"))) {
      execFileSync("dpkg", ["-x", name, root], { cwd: root, stdio: "pipe" });
    }
  } catch (cause) {
    throw new Error("this test wants rsyslogd: install it, or run on Debian with apt", { cause });
  }
  const lib = join(root, "usr/lib");
  const arch = readdirSync(lib).find((it) => it.includes("-linux-")) ?? "";
  return {
    command: join(root, "usr/sbin/rsyslogd"),
    args: ["-M", join(lib, arch, "rsyslog")],
    env: { ...env, LD_LIBRARY_PATH: join(lib, arch) },
  };
}
