import type { NetworkName, SecretSource } from "./compiled-sources.ts";
import type { Matcher } from "./match.ts";

/** Who may prove what to the gateway. */
export interface CompiledIdentity {
  readonly acceptsApiKeys: boolean;
  /** By the `iss` of their tokens. */
  readonly issuers: ReadonlyMap<string, CompiledIssuer>;
  /** Absent: client certificates prove nothing. */
  readonly mtls?: CompiledMtls;
  /** Without a slash at its end. Absent: the name that an agent used. */
  readonly publicUrl?: string;
  readonly scopes: readonly ScopeDemand[];
}

/** How client certificates stand for agents. */
export interface CompiledMtls {
  /** Whether its agents may be known to other sources too. */
  readonly sharesIds: boolean;
  /** Whom a certificate stands for that was verified. */
  readonly readCertificate: (certificate: Readonly<Record<string, unknown>>) => ReadCaller;
}

/** What a token's scopes must hold for the calls that match. */
export interface ScopeDemand {
  readonly matcher: Matcher;
  readonly scopes: readonly string[];
}

/** An authorization server whose tokens are accepted. */
export interface CompiledIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** Absent: as its metadata says. */
  readonly jwksUri?: string;
  readonly clockSkewMs: number;
  readonly network: NetworkName;
  readonly ca?: SecretSource;
  readonly keysStaleForMs: number;
  /** Whether its agents may be known to other sources too. */
  readonly sharesIds: boolean;
  /** Whom verified claims stand for. */
  readonly readClaims: (claims: Readonly<Record<string, unknown>>) => ReadCaller;
}

/** Whom something that was verified stands for, or why for nobody. */
export type ReadCaller =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly reason: string };

export interface Caller {
  readonly agent: string;
  readonly groups: readonly string[];
  readonly tenant?: string;
}
