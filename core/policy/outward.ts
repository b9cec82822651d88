import { Network, type SecretRef } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { NamedSecret, NetworkName, SecretSource } from "./compiled-policy.ts";
import type { Problems } from "./problems.ts";

const networks: ReadonlyMap<Network, NetworkName> = new Map([
  [Network.UNSPECIFIED, "private"],
  [Network.PUBLIC, "public"],
  [Network.PRIVATE, "private"],
  [Network.LOOPBACK, "loopback"],
]);

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
