import { X509Certificate } from "node:crypto";
import ipaddr from "ipaddr.js";
import { type ClientCertificate, readCertificate } from "./client-certificate.ts";

/** Whose word about client certificates is taken, and in which header they say it. */
export interface CertificateForwarders {
  /** "client-cert" (RFC 9440) or "x-forwarded-client-cert" (Envoy). */
  readonly header: "client-cert" | "x-forwarded-client-cert";
  /** Addresses and ranges. */
  readonly addresses: readonly string[];
}

export type ForwardedCertificate =
  | { readonly kind: "none" }
  | { readonly kind: "certificate"; readonly certificate: ClientCertificate }
  | { readonly kind: "refused"; readonly reason: string };

/** The certificate that a TLS-terminating balancer has verified for us, if it is one of those that may say so. */
export function findForwardedCertificate(
  value: string | undefined,
  sender: string,
  forwarders: CertificateForwarders | undefined,
  now: number = Date.now(),
): ForwardedCertificate {
  if (value === undefined || !forwarders) return { kind: "none" };
  if (!isAmong(sender, forwarders.addresses)) {
    return refused(`the header ${forwarders.header} is only taken from the gateway's balancers`);
  }
  try {
    const certificate =
      forwarders.header === "client-cert" ? readClientCert(value) : readEnvoyHeader(value);
    if (certificate.expiresAt !== undefined && certificate.expiresAt <= now) {
      return refused("the client certificate has expired");
    }
    return { kind: "certificate", certificate };
  } catch {
    return refused(`the header ${forwarders.header} cannot be read as one client certificate`);
  }
}

/** Whether these are addresses or ranges, such as 10.0.0.0/8. */
export function isAddressRange(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text);
}

function isAmong(address: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const seen = ipaddr.process(address);
  return ranges.some((range) => {
    const [base, bits] = ipaddr.isValidCIDR(range)
      ? ipaddr.parseCIDR(range)
      : ([ipaddr.process(range), Number.NaN] as const);
    if (base.kind() !== seen.kind()) return false;
    return Number.isNaN(bits)
      ? base.toNormalizedString() === seen.toNormalizedString()
      : seen.match(base, bits);
  });
}

/** A byte sequence of structured fields: base64 between colons (RFC 9440 §2.1, RFC 8941 §3.3.5). */
function readClientCert(value: string): ClientCertificate {
  const [, base64] = value.trim().match(/^:([A-Za-z0-9+/]+={0,2}):$/) ?? [];
  if (base64 === undefined) throw new Error("not a byte sequence");
  return readCertificate(new X509Certificate(Buffer.from(base64, "base64")));
}

/**
 * `key=value` pairs between semicolons. Several elements, between commas, are the certificates of several
 * hops, of which a client may have made up the first: exactly one is taken.
 */
function readEnvoyHeader(value: string): ClientCertificate {
  const pairs = splitPairs(value);
  const of = (key: string) =>
    pairs.filter(([name]) => name.toLowerCase() === key).map(([, text]) => text);
  const [pem] = of("cert");
  if (pem !== undefined) return readCertificate(new X509Certificate(decodeURIComponent(pem)));
  const uris = of("uri");
  const dnsNames = of("dns");
  if (uris.length + dnsNames.length === 0) throw new Error("it names nobody");
  return { uris, dnsNames };
}

function splitPairs(value: string): readonly (readonly [name: string, text: string])[] {
  const pairs: [string, string][] = [];
  const pair = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^;,"=]*(?:=[^;,"]*)?))(;|$)/y;
  while (pair.lastIndex < value.length) {
    const found = pair.exec(value);
    if (!found) throw new Error("not one element of pairs");
    const [, name = "", quoted, bare = ""] = found;
    pairs.push([name, quoted?.replaceAll(/\\(.)/g, "$1") ?? bare]);
  }
  return pairs;
}

function refused(reason: string): ForwardedCertificate {
  return { kind: "refused", reason };
}
