import type { X509Certificate } from "node:crypto";

/** What a client certificate says of its holder. Whoever made it has verified the certificate. */
export interface ClientCertificate {
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly commonName?: string;
  /** Milliseconds since the epoch. Absent: whoever verified it keeps that to itself. */
  readonly expiresAt?: number;
  /** SHA-256 of it, base64url, as tokens that are bound to it name it (RFC 8705 §3.1). */
  readonly thumbprint?: string;
}

/** Reads a certificate. Throws when its names cannot be read for certain. */
export function readCertificate(certificate: X509Certificate): ClientCertificate {
  const names = splitNames(certificate.subjectAltName ?? "");
  const commonName = certificate.subject?.match(/^CN=(.+)$/m)?.[1];
  return {
    uris: valuesOf(names, "URI:"),
    dnsNames: valuesOf(names, "DNS:"),
    ...(commonName !== undefined && { commonName }),
    expiresAt: Date.parse(certificate.validTo),
    thumbprint: Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex").toString(
      "base64url",
    ),
  };
}

/** Of SPIFFE ids a certificate has exactly one, and no other URI (X509-SVID §2). */
export function spiffeIdOf({ uris }: ClientCertificate): string | undefined {
  const [uri] = uris;
  const isId = uri !== undefined && /^spiffe:\/\/[a-z0-9._-]+(\/[a-zA-Z0-9._-]+)+$/.test(uri);
  return isId && uris.length === 1 ? uri : undefined;
}

/** A certificate with several names does not say which one is the agent. */
export function dnsNameOf({ dnsNames }: ClientCertificate): string | undefined {
  const [name] = dnsNames;
  const isName = name !== undefined && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name);
  return isName && dnsNames.length === 1 ? name.toLowerCase() : undefined;
}

function valuesOf(names: readonly string[], kind: string): string[] {
  return names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
}

/** Node writes names that could be taken for several as JSON strings (CVE-2021-44532): those are refused. */
function splitNames(text: string): readonly string[] {
  if (text.includes('"')) throw new Error("a name of the certificate has characters of no name");
  return text === "" ? [] : text.split(", ");
}
