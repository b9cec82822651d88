import type { Match } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CallFacts, SubjectKind } from "./call-facts.ts";
import type { Condition } from "./condition.ts";
import { compileGlobs, type GlobMatcher } from "./glob.ts";

/** "unknown": a condition could not be evaluated. What that means depends on who asks. */
export type Verdict = "yes" | "no" | "unknown";

/** The call's operations that are met, or that might be. */
export type OperationVerdicts = ReadonlyMap<string, Verdict>;

/** Says whether a call is one of those that a `match` names. */
export type Matcher = (call: CallFacts, operations: OperationVerdicts) => Verdict;

/**
 * Compiles a match: all fields that are set must hold, within a field one entry is enough.
 * A match that names some kind of subject says nothing of the other kinds;
 * one that names none applies to all of them.
 */
export function compileMatch(match: Match | undefined, where: Condition | undefined): Matcher {
  const mayCall = compileCaller(match);
  const names = compileSubjects(match);
  const operations = match?.operations ?? [];

  return (call, verdicts) => {
    if (!mayCall(call) || !names(call)) return "no";
    const operation = operations.length === 0 ? "yes" : anyOf(operations, verdicts);
    return operation === "no" || !where ? operation : both(operation, where(call));
  };
}

function both(operation: Verdict, condition: boolean | "unknown"): Verdict {
  if (condition === false) return "no";
  return condition === "unknown" ? "unknown" : operation;
}

/** Globs over who calls, and where. */
function compileCaller(match: Match | undefined): (call: CallFacts) => boolean {
  const agents = optionalGlobs(match?.agents);
  const groups = optionalGlobs(match?.groups);
  const routes = optionalGlobs(match?.routes);
  const tenants = optionalGlobs(match?.tenants);
  return (call) =>
    (!agents || agents(call.agent)) &&
    (!groups || call.groups.some(groups)) &&
    (!tenants || (call.tenant !== undefined && tenants(call.tenant))) &&
    (!routes || routes(call.route));
}

/** Globs over "upstream/name" for each kind of subject. */
function compileSubjects(match: Match | undefined): (call: CallFacts) => boolean {
  const byKind: Readonly<Record<SubjectKind, GlobMatcher | undefined>> = {
    tool: optionalGlobs(match?.tools),
    prompt: optionalGlobs(match?.prompts),
    resource: optionalGlobs(match?.resources),
    method: optionalGlobs(match?.methods),
  };
  const namesOperations = (match?.operations.length ?? 0) > 0;
  const namesNone = !namesOperations && Object.values(byKind).every((globs) => !globs);
  if (namesNone) return () => true;
  return (call) => {
    const globs = byKind[call.kind];
    if (globs) return globs(`${call.upstream}/${call.name}`);
    // Operations are classes of tool calls: naming only operations speaks about tools.
    return call.kind === "tool" && namesOperations;
  };
}

function optionalGlobs(globs: readonly string[] | undefined): GlobMatcher | undefined {
  return globs && globs.length > 0 ? compileGlobs(globs) : undefined;
}

function anyOf(names: readonly string[], verdicts: OperationVerdicts): Verdict {
  let unknown = false;
  for (const name of names) {
    const verdict = verdicts.get(name);
    if (verdict === "yes") return "yes";
    unknown ||= verdict === "unknown";
  }
  return unknown ? "unknown" : "no";
}
