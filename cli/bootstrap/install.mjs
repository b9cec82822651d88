import { spawn } from "node:child_process";
import { basename } from "node:path";
import { takeInstallLock } from "./install-lock.mjs";
import { isInstalled, link, noteInstalled } from "./link.mjs";

const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--include=dev"];

/** Installs the dependencies when they are missing or were made from another package-lock.json. */
export async function ensureInstalled(root, env) {
  if (isInstalled(root)) return;
  const release = await takeInstallLock(root);
  try {
    if (isInstalled(root)) return;
    await runNpm(root, env);
    noteInstalled(root);
    link(root);
  } finally {
    release();
  }
}

async function runNpm(root, env) {
  const finish = showProgress("Installing dependencies");
  const { command, args } = npmCommand(env);
  const npm = (...words) => capture(command, [...args, ...words, ...quiet], { cwd: root, env });

  let { code, output } = await npm("ci");
  if (code !== 0 && isOutOfSync(output)) ({ code, output } = await npm("install", "--no-save"));
  finish(code === 0);
  if (code === 0) return;
  throw new Error(
    `npm could not install the dependencies (exit code ${code}):\n${excerpt(output)}\n` +
      'Check that this machine reaches the npm registry (behind a proxy: "npm config set proxy http://..."), and that the disk is not full. "npm ci" shows more.',
  );
}

/**
 * A lock that was made where a registry lacks the packages of some other platform is one that "npm ci" refuses.
 * "npm install" takes the versions of the lock all the same.
 */
function isOutOfSync(output) {
  return output.includes("in sync");
}

/** The beginning names the cause, the end the log; npm's usage stands between them. */
function excerpt(output) {
  const lines = output.trim().split("\n");
  const shown = lines.length <= 15 ? lines : [...lines.slice(0, 10), "…", ...lines.slice(-4)];
  return shown.map((line) => `  ${line}`).join("\n");
}

/** The npm that runs us, else the one on PATH. */
function npmCommand(env) {
  const running = env.npm_execpath ?? "";
  return basename(running) === "npm-cli.js"
    ? { command: process.execPath, args: [running] }
    : { command: "npm", args: [] };
}

function capture(command, args, options) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const keep = (chunk) => {
      output = (output + chunk).slice(0, 65_536);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** A spinner on a terminal, elsewhere a line every 10 s. Returns what ends it. */
function showProgress(what) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const terminal = process.stderr.isTTY;
  let frame = 0;
  const tick = () => {
    const sign = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[frame++ % 10];
    if (terminal) process.stderr.write(`\r\x1b[K${sign} ${what} … ${seconds()} s`);
    else console.error(`${what} … ${seconds()} s`);
  };
  if (!terminal) console.error(`${what} (this takes about a minute, once) …`);
  const timer = setInterval(tick, terminal ? 100 : 10_000);

  return (succeeded) => {
    clearInterval(timer);
    if (terminal) process.stderr.write("\r\x1b[K");
    if (succeeded) console.error(`✔ ${what} (${seconds()} s)`);
  };
}
