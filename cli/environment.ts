import type { Env } from "../core/service/env.ts";

let current: Env = {};

/** Makes the environment known to the commands. main.ts calls it once, before any command runs. */
export function setEnvironment(env: Env): void {
  current = env;
}

/** The environment that mcpctl was started in. */
export function environment(): Env {
  return current;
}
