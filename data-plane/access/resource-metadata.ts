import type { CompiledIdentity } from "../../core/policy/compiled-identity.ts";
import type { CompiledPolicy, CompiledRoute } from "../../core/policy/compiled-policy.ts";

/** Where clients look for it, with the route's path behind it (RFC 9728 §3.1). */
const wellKnown = "/.well-known/oauth-protected-resource";

/** Where the agent connects, as it knows it. */
export interface Address {
  /** As in the Host header: checked before. */
  readonly host: string;
  readonly isTls: boolean;
}

/** The URL of a route's metadata. Undefined when nobody can log in with a token. */
export function metadataUrlOf(
  identity: CompiledIdentity,
  { path }: CompiledRoute,
  address: Address,
): string | undefined {
  if (identity.issuers.size === 0) return undefined;
  return originOf(identity, address) + wellKnown + (path === "/" ? "" : path);
}

/** What a request for metadata is answered with; undefined when it is not one, or there is none. */
export function findMetadata(
  requestPath: string,
  policy: CompiledPolicy,
  address: Address,
): Readonly<Record<string, unknown>> | undefined {
  const { identity } = policy;
  if (!requestPath.startsWith(wellKnown) || identity.issuers.size === 0) return undefined;
  const route = routeOf(requestPath.slice(wellKnown.length), policy);
  if (!route) return undefined;
  const scopes = [...route.scopes, ...identity.scopes.flatMap((demand) => demand.scopes)];
  return {
    resource: originOf(identity, address) + route.path,
    authorization_servers: [...identity.issuers.keys()],
    bearer_methods_supported: ["header"],
    ...(scopes.length > 0 && { scopes_supported: [...new Set(scopes)] }),
  };
}

/** The metadata without a path is that of the only route: clients fall back to it. */
function routeOf(path: string, { routes }: CompiledPolicy): CompiledRoute | undefined {
  const named = routes.get(path === "" ? "/" : path);
  if (named || path !== "" || routes.size !== 1) return named;
  return [...routes.values()][0];
}

function originOf({ publicUrl }: CompiledIdentity, { host, isTls }: Address): string {
  return publicUrl ?? `${isTls ? "https" : "http"}://${host}`;
}
