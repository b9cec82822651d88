import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mayInstallByApt } from "./apt.ts";
import { findRedis } from "./redis-source.ts";

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw-finder-"));
  mkdirSync(join(folder, "bin"));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function install(name: string, script = ""): string {
  const path = join(folder, "bin", name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const find = (env: Record<string, string> = {}) =>
  findRedis({ PATH: join(folder, "bin"), ...env }, (line) => said.push(line));

it("is the one that is named, whatever else there is", async () => {
  install("redis-server");

  const source = await find({ MCPGW_REDIS_URL: "redis://cache:6379" });

  expect(source).toEqual({ kind: "url", url: "redis://cache:6379" });
});

it("is a server program before Docker", async () => {
  install("docker");
  const path = install("valkey-server");

  expect(await find()).toEqual({ kind: "program", path, argv0: "valkey-server" });
});

it("is the program of Debian's redis-tools, called by its other name", async () => {
  const path = install("redis-check-rdb");

  expect(await find()).toEqual({ kind: "program", path, argv0: "redis-server" });
});

it("is Docker where Docker runs", async () => {
  const docker = install("docker");

  expect(await find()).toEqual({ kind: "docker", docker });
});

it("is not a Docker that does not run", async () => {
  install("docker", "exit 1");

  await expect(find()).rejects.toThrow(/MCPGW_REDIS_URL=redis:\/\/host:6379$/);
});

it.runIf(mayInstallByApt())("is installed by apt, which is said before", async () => {
  const program = join(folder, "bin", "redis-check-rdb");
  install(
    "apt-get",
    `[ "$1" = install ] && : > "${program}" && /bin/chmod +x "${program}"; exit 0`,
  );

  const source = await find();

  expect(source).toMatchObject({ kind: "program", path: program });
  expect(said).toEqual([expect.stringContaining("installing it with apt")]);
});

it.runIf(mayInstallByApt())("is missing when apt fails, with apt's last words", async () => {
  install("apt-get", "echo 'E: Unable to locate package redis-tools' >&2; exit 100");

  await expect(find()).rejects.toThrow(/could not install Redis:\n {2}E: Unable to locate/);
});
