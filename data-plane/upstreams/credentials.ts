import type { TlsMaterial } from "../../core/net/guarded-connector.ts";
import type {
  CompiledCommand,
  CompiledTls,
  SecretSource,
} from "../../core/policy/compiled-policy.ts";
import { SecretReader } from "../../core/secrets/secret-reader.ts";
import type { Env } from "../../core/service/env.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Reads the secrets that policies name for upstreams, from this proxy's environment and disk. */
export class CredentialReader {
  readonly #secrets: SecretReader;

  constructor(env: Env) {
    this.#secrets = new SecretReader(env);
  }

  /** The environment of a command. Throws an UpstreamError when a secret is not there. */
  variablesFor({ env }: CompiledCommand): Record<string, string> {
    return Object.fromEntries(
      env.map(({ name, prefix, secret }) => [name, prefix + this.read(secret)]),
    );
  }

  /** What a connection that is made now verifies by and shows. Throws an UpstreamError when it is not there. */
  tlsFor({ ca, clientCertificate, clientKey }: CompiledTls): TlsMaterial {
    return {
      ...(ca && { ca: this.read(ca) }),
      ...(clientCertificate && { cert: this.read(clientCertificate) }),
      ...(clientKey && { key: this.read(clientKey) }),
    };
  }

  /** Throws an UpstreamError when the secret is not there. */
  read(secret: SecretSource): string {
    try {
      return this.#secrets.read(secret);
    } catch (cause) {
      throw new UpstreamError("the gateway lacks its credentials for this upstream", { cause });
    }
  }
}
