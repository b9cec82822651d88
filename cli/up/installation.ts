import { existsSync } from "node:fs";
import { delimiter, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Env } from "../../core/service/env.ts";

const here = fileURLToPath(import.meta.url);
/** The folder of `cli`, `control-plane` and `data-plane`: of the sources, or of what was built from them. */
const codeRoot = resolve(dirname(here), "../..");
const extension = extname(here);

/** The folder of package.json. */
export const packageRoot = existsSync(join(codeRoot, "package.json"))
  ? codeRoot
  : dirname(codeRoot);

/** The file that starts a process of the gateway, such as "control-plane/main". */
export function entryPoint(name: string): string {
  return join(codeRoot, `${name}${extension}`);
}

/** A file that comes with the gateway. */
export function shippedFile(name: string): string {
  return join(packageRoot, name);
}

/**
 * The environment for the processes of the gateway: the user's own, for the secrets that a policy names,
 * without what npm adds, and with the programs of our dependencies first on PATH.
 */
export function childEnvironment(env: Env): Env {
  const own = Object.entries(env).filter(([name]) => !/^(npm_|INIT_CWD$)/i.test(name));
  const programs = [join(packageRoot, "node_modules/.bin"), join(packageRoot, "../.bin")];
  const path = [...programs.filter(existsSync), dirname(process.execPath), env["PATH"] ?? ""];
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}
