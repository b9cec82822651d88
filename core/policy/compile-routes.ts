import { Access, type Policy } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { checkedScopes } from "./compile-identity.ts";
import type { CompiledRoute } from "./compiled-policy.ts";
import { checkReference } from "./fields.ts";
import type { Problems } from "./problems.ts";

const pathPattern = /^\/[A-Za-z0-9._~/-]*$/;
/** Answered by the gateway itself on the same listener. */
const reservedPaths = /^\/(livez|readyz|metrics|\.well-known)(\/|$)/;

/** Names of tools have at most 64 characters: this leaves most of them to the tool. */
const maxPrefixLength = 24;
const prefixPattern = /^[a-zA-Z][a-zA-Z0-9-]{0,23}$/;

export function compileRoutes(
  policy: Policy,
  upstreams: ReadonlySet<string>,
  problems: Problems,
): CompiledRoute[] {
  const at = problems.at("routes");
  const seen = new Set<string>();
  return policy.routes.map((route, index) => {
    const here = at.at(index);
    if (!pathPattern.test(route.path) || (route.path.length > 1 && route.path.endsWith("/"))) {
      here
        .at("path")
        .add(`must start with "/" and not end with one, got ${JSON.stringify(route.path)}`);
    } else if (reservedPaths.test(route.path)) {
      here.at("path").add(`${route.path} is the gateway's own`);
    } else if (seen.has(route.path)) here.at("path").add(`${route.path} is used twice`);
    seen.add(route.path);
    checkRouteUpstreams(route.upstreams, upstreams, here.at("upstreams"));
    if (route.anonymous === Access.ALLOW && policy.identity?.anonymous === Access.DENY) {
      here.at("anonymous").add("says allow, but identity.anonymous says deny");
    }
    return {
      path: route.path,
      upstreams: route.upstreams,
      allowsAnonymous: route.anonymous === Access.ALLOW,
      ...(route.audience !== "" && { audience: route.audience }),
      scopes: checkedScopes(route.scopes, here.at("scopes")),
    };
  });
}

function checkRouteUpstreams(
  names: readonly string[],
  known: ReadonlySet<string>,
  problems: Problems,
): void {
  if (names.length === 0) problems.add("names no upstream");
  names.forEach((name, index) => {
    checkReference(name, known, "upstream", problems.at(index));
  });
  if (names.length > 1) checkSeveral(names, problems);
}

/** Of several upstreams, the names become part of what agents see and send. */
function checkSeveral(names: readonly string[], problems: Problems): void {
  const seen = new Map<string, string>();
  names.forEach((name, index) => {
    const same = seen.get(name.toLowerCase());
    if (same === name) {
      problems.add(`names several upstreams, and ${name} more than once`);
    } else if (same !== undefined) {
      problems
        .at(index)
        .add(`${name} differs from ${same} only by case, which agents may not keep`);
    } else if (!prefixPattern.test(name)) {
      problems
        .at(index)
        .add(
          `${JSON.stringify(name)} cannot stand before the names of its tools: on a route with several upstreams, ` +
            `each name is at most ${maxPrefixLength} letters, digits and "-", starting with a letter`,
        );
    }
    seen.set(name.toLowerCase(), name);
  });
}
