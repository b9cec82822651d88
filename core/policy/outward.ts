import { Network, type SecretRef, type Tls } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledTls, NamedSecret, NetworkName, SecretSource } from "./compiled-policy.ts";
import type { Problems } from "./problems.ts";

const networks: ReadonlyMap<Network, NetworkName> = new Map([
  [Network.UNSPECIFIED, "private"],
  [Network.PUBLIC, "public"],
  [Network.PRIVATE, "private"],
  [Network.LOOPBACK, "loopback"],
]);

/** A name, not an address: TLS asks for names only (RFC 6066 §3). */
const serverNamePattern = /^(?=.*[A-Za-z])[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/;

/** Where the secret is. Reports a reference that names none, or one of the gateway's own. */
export function compileSecret(reference: SecretRef | undefined, problems: Problems): SecretSource {
  const source = reference?.source;
  if (!source?.case || source.value === "") {
    problems.add("needs fromEnv or fromFile: policies name secrets, they never contain them");
  }
  const named = source?.value ?? "";
  // The gateway's own secrets are among its settings: whoever may push a policy must not send them anywhere.
  if (source?.case === "fromEnv" && named.startsWith("MCPGW_")) {
    problems
      .at("fromEnv")
      .add(`${named} is a setting of the gateway itself: it is never sent anywhere`);
  }
  return source?.case === "fromFile" ? { kind: "file", path: named } : { kind: "env", name: named };
}

/** A secret with what is put before it. */
export function compileNamedSecret(
  reference: SecretRef | undefined,
  problems: Problems,
): NamedSecret {
  return { prefix: reference?.prefix ?? "", secret: compileSecret(reference, problems) };
}

/** Certificates or a key in PEM: nothing can stand before them. */
export function compilePem(reference: SecretRef, problems: Problems): SecretSource {
  if (reference.prefix !== "") problems.at("prefix").add("means nothing before PEM");
  return compileSecret(reference, problems);
}

/** How far inside an address may lie; private unless the policy says otherwise. */
export function compileNetwork(network: Network, problems: Problems): NetworkName {
  const name = networks.get(network);
  if (name === undefined) {
    problems.add(`has the value ${network}, which this release does not know`);
  }
  return name ?? "public";
}

/** Reports what is no address of a server, and secrets in it. */
export function checkUrl(source: string, problems: Problems): void {
  if (!URL.canParse(source)) {
    problems.add(`must be an http or https URL, got ${JSON.stringify(source)}`);
    return;
  }
  const url = new URL(source);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    problems.add(`must be an http or https URL, got one of ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    problems.add("holds a user or password: policies never contain secrets, use credentials");
  }
  if (url.hash !== "") problems.add("holds a fragment (#…), which is never sent");
}

/** By what a server is verified, and what it is shown. */
export function compileTls(tls: Tls, url: string, problems: Problems): CompiledTls {
  const { ca, clientCertificate, clientKey, serverName } = tls;
  if (!/^https:/i.test(url)) problems.add("needs an https URL");
  if (!clientCertificate !== !clientKey) {
    problems.add("needs clientCertificate and clientKey together");
  }
  if (serverName !== "" && !serverNamePattern.test(serverName)) {
    problems.at("serverName").add(`must be a host name, got ${JSON.stringify(serverName)}`);
  }
  return {
    ...(ca && { ca: compilePem(ca, problems.at("ca")) }),
    ...(clientCertificate && {
      clientCertificate: compilePem(clientCertificate, problems.at("clientCertificate")),
    }),
    ...(clientKey && { clientKey: compilePem(clientKey, problems.at("clientKey")) }),
    ...(serverName !== "" && { serverName }),
  };
}
