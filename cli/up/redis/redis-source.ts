import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Env } from "../../../core/service/env.ts";
import { CliError } from "../../errors.ts";
import { installRedisByApt, mayInstallByApt } from "./apt.ts";
import { dockerAnswers } from "./docker.ts";

/** Where a Redis comes from. */
export type RedisSource =
  | { readonly kind: "url"; readonly url: string }
  /** A server program. `argv0` is the name it is to be called by, which decides what it does. */
  | { readonly kind: "program"; readonly path: string; readonly argv0: string }
  | { readonly kind: "docker"; readonly docker: string };

const howToGetOne = `No Redis was found. Any one of these is enough:
  - install it: "apt install redis-server" (Debian, Ubuntu), "dnf install valkey" (Fedora), "brew install redis" (macOS)
  - start Docker, and the gateway runs Redis in a container
  - name a running one, version 7.0 or later: MCPGW_REDIS_URL=redis://host:6379`;

/** Finds a Redis: the one named, else a server program, else Docker, else what apt can install. */
export async function findRedis(env: Env, say: (line: string) => void): Promise<RedisSource> {
  if (env["MCPGW_REDIS_URL"]) return { kind: "url", url: env["MCPGW_REDIS_URL"] };

  const program = findServerProgram(env);
  if (program) return program;

  const docker = findOnPath("docker", env);
  if (docker && (await dockerAnswers(docker, env))) return { kind: "docker", docker };

  const aptGet = findOnPath("apt-get", env);
  if (aptGet && mayInstallByApt()) {
    say("No Redis was found: installing it with apt (package redis-tools, starts no service).");
    await installRedisByApt(aptGet, env);
    const installed = findServerProgram(env);
    if (installed) return installed;
  }
  throw new CliError("failed", howToGetOne);
}

/**
 * Debian's package redis-tools holds the server under another name: one program does both, by the name
 * it is called by. The package redis-server adds the link, and a system service that nobody asked for.
 */
function findServerProgram(env: Env): RedisSource | undefined {
  for (const name of ["redis-server", "valkey-server", "redis-check-rdb"]) {
    const path = findOnPath(name, env);
    const argv0 = name === "redis-check-rdb" ? "redis-server" : name;
    if (path) return { kind: "program", path, argv0 };
  }
  return undefined;
}

function findOnPath(name: string, env: Env): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
