#!/usr/bin/env node
// What `npx mcpctl` runs in a checkout. What stands here is understood by every Node since 12.17: sources in TypeScript
// run on 22.19 and later, so that an older Node hands over to the one that npm has installed here.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const main = new URL("./main.ts", import.meta.url);
const pinned = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 19)) {
  void import(main.href);
} else if (existsSync(pinned)) {
  become(pinned, [fileURLToPath(main), ...process.argv.slice(2)]);
} else {
  fail(
    `mcpctl runs on Node 22.19 or later, this is Node ${process.versions.node}, and the project's own Node is not installed. Try: npm ci`,
  );
}

/** Runs the program in this process's place: same terminal, same signals, same exit code. */
function become(program, args) {
  const child = spawn(program, args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well, and twice means "at once".
      if (signal !== "SIGINT" || !hasTerminal()) child.kill(signal);
    });
  }
  child.once("error", (error) => fail(`${program} cannot be run: ${error.message}. Try: npm ci`));
  child.once("exit", (code, signal) => {
    process.exitCode = code === null ? 128 + constants.signals[signal] : code;
  });
}

function hasTerminal() {
  return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
