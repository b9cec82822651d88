import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./install.mjs";
import { link } from "./link.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const programs = join(root, "node_modules", ".bin");
// biome-ignore lint/style/noProcessEnv: this is the first thing that runs; nothing stands above it.
const env = process.env;

const usage = `Usage: node cli/bootstrap.mjs <command>
  install              install the dependencies, unless they are those of package-lock.json already
  run <file> [args]    install, then run the file with the project's own Node
  exec <program> [..]  install, then run a program of node_modules/.bin
  link                 make "npx mcpctl" work in this checkout`;

/** Does what the command line asks for; sets the exit code. */
export async function runCommand([command, ...args]) {
  if (command === "link") return link(root);
  if (!["install", "run", "exec"].includes(command) || (command !== "install" && !args[0])) {
    console.error(usage);
    process.exitCode = 1;
    return;
  }
  try {
    await ensureInstalled(root, env);
    if (command === "run") process.exitCode = await become(runtime(), args);
    if (command === "exec") process.exitCode = await become(join(programs, args[0]), args.slice(1));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** The Node that is pinned as a dependency, else this one where it is new enough. */
function runtime() {
  const pinned = join(programs, "node");
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath;
  throw new Error(
    `The gateway runs on Node 22.19 or later, this is Node ${process.versions.node}, and npm did not install the project's own Node (is npm set to ignore scripts?). Try: npm rebuild node --ignore-scripts=false`,
  );
}

/** Runs the program in this process's place: same terminal, same signals, same exit code. */
function become(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: "inherit",
      env: { ...env, PATH: `${programs}${delimiter}${env.PATH ?? ""}` },
    });
    // A terminal sends Ctrl-C to the child as well; "up" takes two in quick succession for one.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => child.kill(signal));
    }
    child.once("error", (cause) =>
      reject(new Error(`${program} cannot be run: ${cause.message}. Try: npm ci`, { cause })),
    );
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
