import type { Match, Policy } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { checkReference, conditionOf } from "./fields.ts";
import { compileMatch, type Matcher } from "./match.ts";
import type { Problems } from "./problems.ts";

/** Compiles a match and reports what is wrong with it. */
export type MatchCompiler = (match: Match | undefined, problems: Problems) => Matcher;

/** A compiler that knows which upstreams, operations and routes the policy has. */
export function matchCompilerFor(policy: Policy): MatchCompiler {
  const upstreams = new Set(policy.upstreams.map(({ name }) => name));
  const operations = new Set(policy.operations.map(({ name }) => name));

  return (match, problems) => {
    for (const field of ["tools", "prompts", "resources", "methods"] as const) {
      match?.[field].forEach((glob, index) => {
        checkSubjectGlob(glob, upstreams, problems.at(field).at(index));
      });
    }
    for (const field of ["agents", "groups", "tenants", "routes"] as const) {
      match?.[field].forEach((glob, index) => {
        if (glob === "") problems.at(field).at(index).add("is empty");
      });
    }
    match?.operations.forEach((name, index) => {
      checkReference(name, operations, "operation", problems.at("operations").at(index));
    });
    return compileMatch(match, conditionOf(match?.where ?? "", problems.at("where")));
  };
}

/**
 * Reports a glob over "upstream/name" that can match nothing:
 * in a deny rule a slip of the pen would otherwise let everything through.
 */
export function checkSubjectGlob(
  glob: string,
  upstreams: ReadonlySet<string>,
  problems: Problems,
): void {
  const [upstream = "", ...rest] = glob.split("/");
  if (rest.length > 0 && !upstream.includes("*")) {
    checkReference(upstream, upstreams, "upstream", problems);
    return;
  }
  const [beginning = ""] = upstream.split("*");
  const isPossible = [...upstreams].some((name) => `${name}/`.startsWith(beginning));
  if ((rest.length === 0 && !glob.endsWith("*")) || !isPossible) {
    problems.add(
      `must be "upstream/name", such as "files/read_*", and name an upstream, got ${JSON.stringify(glob)}`,
    );
  }
}
