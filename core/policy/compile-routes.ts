import { Access, type Policy } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledRoute } from "./compiled-policy.ts";
import { checkReference } from "./fields.ts";
import type { Problems } from "./problems.ts";

const pathPattern = /^\/[A-Za-z0-9._~/-]*$/;
/** Answered by the gateway itself on the same listener. */
const reservedPaths = /^\/(livez|readyz|metrics|\.well-known)(\/|$)/;

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
      upstream: route.upstreams[0] ?? "",
      allowsAnonymous: route.anonymous === Access.ALLOW,
    };
  });
}

function checkRouteUpstreams(
  names: readonly string[],
  known: ReadonlySet<string>,
  problems: Problems,
): void {
  if (names.length === 0) problems.add("names no upstream");
  if (names.length > 1) {
    problems.add(
      "names several upstreams, which this release does not merge yet: make a route for each",
    );
  }
  names.forEach((name, index) => {
    checkReference(name, known, "upstream", problems.at(index));
  });
}
