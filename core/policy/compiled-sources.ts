/** Where a proxy finds what policies only name. */
export type SecretSource =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

/** How far inside the address of an upstream may lie. Each includes those before it. */
export type NetworkName = "public" | "private" | "loopback";

/** A secret and what is put before it. */
export interface NamedSecret {
  readonly prefix: string;
  readonly secret: SecretSource;
}

/** By what an https upstream is verified, and what the gateway shows of itself. */
export interface CompiledTls {
  readonly ca?: SecretSource;
  /** Set exactly when there is a key. */
  readonly clientCertificate?: SecretSource;
  readonly clientKey?: SecretSource;
  readonly serverName?: string;
}
