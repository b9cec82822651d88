import { readFileSync, statSync } from "node:fs";
import type {
  CompiledCredentials,
  CompiledTls,
  SecretSource,
} from "../../core/policy/compiled-policy.ts";
import type { Env } from "../../core/service/env.ts";
import { UpstreamError } from "./upstream-error.ts";

/** What TLS needs for one connection, in PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads the secrets that policies name, from this proxy's environment and disk. */
export class CredentialReader {
  readonly #env: Env;
  readonly #files = new Map<string, { readonly changedAtMs: number; readonly secret: string }>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** The header to send upstream. Throws an UpstreamError when the secret is not there. */
  headerFor({ header, prefix, secret }: CompiledCredentials): [name: string, value: string] {
    return [header, prefix + this.#read(secret)];
  }

  /** What a connection that is made now verifies by and shows. Throws an UpstreamError when it is not there. */
  tlsFor({ ca, clientCertificate, clientKey }: CompiledTls): TlsMaterial {
    return {
      ...(ca && { ca: this.#read(ca) }),
      ...(clientCertificate && { cert: this.#read(clientCertificate) }),
      ...(clientKey && { key: this.#read(clientKey) }),
    };
  }

  #read(secret: SecretSource): string {
    const value = secret.kind === "env" ? this.#env[secret.name] : this.#readFile(secret.path);
    if (value) return value;
    const source =
      secret.kind === "env" ? `environment variable ${secret.name}` : `file ${secret.path}`;
    throw new UpstreamError("the gateway lacks its credentials for this upstream", {
      cause: new Error(`the ${source} is not set or empty`),
    });
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
