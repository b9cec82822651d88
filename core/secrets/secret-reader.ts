import { readFileSync, statSync } from "node:fs";
import type { SecretSource } from "../policy/compiled-policy.ts";
import type { Env } from "../service/env.ts";

/** A secret that a policy names is not where it says. The message names the source, never a value. */
export class SecretMissing extends Error {
  override readonly name = "SecretMissing";
}

/** Reads the secrets that policies name, from this process's environment and disk. */
export class SecretReader {
  readonly #env: Env;
  readonly #files = new Map<string, { readonly changedAtMs: number; readonly secret: string }>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** Throws {@link SecretMissing} when it is not set or empty. */
  read(secret: SecretSource): string {
    const value = secret.kind === "env" ? this.#env[secret.name] : this.#readFile(secret.path);
    if (value) return value;
    const source =
      secret.kind === "env" ? `environment variable ${secret.name}` : `file ${secret.path}`;
    throw new SecretMissing(`the ${source} is not set or empty`);
  }

  /** Mounted secrets rotate under a running process: the file is read again when it changed. */
  #readFile(path: string): string | undefined {
    try {
      const changedAtMs = statSync(path).mtimeMs;
      const known = this.#files.get(path);
      if (known?.changedAtMs === changedAtMs) return known.secret;
      const secret = readFileSync(path, "utf8").replace(/[\r\n]+$/, "");
      this.#files.set(path, { changedAtMs, secret });
      return secret;
    } catch {
      return undefined;
    }
  }
}
