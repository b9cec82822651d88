import { readFileSync, statSync } from "node:fs";
import type { CompiledCredentials } from "../../core/policy/compiled-policy.ts";
import type { Env } from "../../core/service/env.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Reads the secrets that policies name, from this proxy's environment and disk. */
export class CredentialReader {
  readonly #env: Env;
  readonly #files = new Map<string, { readonly changedAtMs: number; readonly secret: string }>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** The header to send upstream. Throws an UpstreamError when the secret is not there. */
  headerFor({ header, prefix, secret }: CompiledCredentials): [name: string, value: string] {
    const value = secret.kind === "env" ? this.#env[secret.name] : this.#readFile(secret.path);
    if (!value) {
      const source = secret.kind === "env" ? "environment variable" : "file";
      throw new UpstreamError("the gateway lacks its credentials for this upstream", {
        cause: new Error(
          `the ${source} ${secret.kind === "env" ? secret.name : secret.path} is not set or empty`,
        ),
      });
    }
    return [header, prefix + value];
  }

  /** Mounted secrets rotate under a running proxy: the file is read again when it changed. */
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
