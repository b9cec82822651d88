import {
  Action,
  AuditDurability,
  type Policy,
  type Rule,
  ValueDetail,
  WhenUnwritable,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compileApprovals } from "./compile-approvals.ts";
import { compileIdentity } from "./compile-identity.ts";
import { compileLimits } from "./compile-limits.ts";
import { compileNotifiers } from "./compile-notifiers.ts";
import { compileRoutes } from "./compile-routes.ts";
import { compileScanning } from "./compile-scanning.ts";
import { compileUpstreams } from "./compile-upstreams.ts";
import type {
  CompiledApproval,
  CompiledAudit,
  CompiledOperation,
  CompiledPolicy,
  CompiledRule,
} from "./compiled-policy.ts";
import { checkNames, checkReference, conditionOf, count } from "./fields.ts";
import { compileMatch } from "./match.ts";
import { checkSubjectGlob, type MatchCompiler, matchCompilerFor } from "./match-compiler.ts";
import { type Problem, Problems } from "./problems.ts";

export type CompileResult =
  | { readonly ok: true; readonly policy: CompiledPolicy }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Compiles a policy, or reports every problem in it.
 *
 * Both planes call this: the control plane to refuse a bad change, the proxy to refuse
 * a snapshot that a newer control plane accepted but this release cannot enforce.
 */
export function compilePolicy(policy: Policy): CompileResult {
  const problems = new Problems();
  checkHead(policy, problems);
  const compileMatches = matchCompilerFor(policy);
  const upstreams = compileUpstreams(policy, problems);
  const names = new Set(upstreams.map(({ name }) => name));
  const routes = compileRoutes(policy, names, problems);
  const notifiers = compileNotifiers(policy, problems);
  const approvals = compileApprovals(policy, notifiers, problems);
  const compiled: CompiledPolicy = {
    name: policy.metadata?.name ?? "",
    routes: new Map(routes.map((route) => [route.path, route])),
    upstreams: new Map(upstreams.map((upstream) => [upstream.name, upstream])),
    identity: compileIdentity(policy, compileMatches, problems.at("identity")),
    operations: compileOperations(policy, names, problems),
    rules: compileRules(policy, approvals, { compileMatches, problems }),
    limits: compileLimits(policy, compileMatches, problems),
    approvals,
    notifiers,
    scanning: compileScanning(policy, { approvals, compileMatch: compileMatches }, problems),
    audit: compileAudit(policy, problems),
  };
  return problems.list.length > 0
    ? { ok: false, problems: problems.list }
    : { ok: true, policy: compiled };
}

function checkHead(policy: Policy, problems: Problems): void {
  if (policy.apiVersion !== "mcpgateway/v1") {
    problems
      .at("apiVersion")
      .add(`must be mcpgateway/v1, got ${JSON.stringify(policy.apiVersion)}`);
  }
  if (policy.kind !== "Policy") {
    problems.at("kind").add(`must be Policy, got ${JSON.stringify(policy.kind)}`);
  }
  if (!policy.metadata?.name) problems.at("metadata").at("name").add("is missing");
}

function compileOperations(
  policy: Policy,
  upstreams: ReadonlySet<string>,
  problems: Problems,
): CompiledOperation[] {
  const at = problems.at("operations");
  checkNames(policy.operations, at);
  return policy.operations.map(({ name, tools, where }, index) => {
    const here = at.at(index);
    if (tools.length === 0) here.at("tools").add("names no tools");
    tools.forEach((glob, position) => {
      checkSubjectGlob(glob, upstreams, here.at("tools").at(position));
    });
    const match = {
      agents: [],
      groups: [],
      tenants: [],
      operations: [],
      prompts: [],
      resources: [],
    };
    const matcher = compileMatch(
      { $typeName: "mcpgateway.v1.Match", ...match, methods: [], routes: [], where, tools },
      conditionOf(where, here.at("where")),
    );
    return { name, matcher };
  });
}

function compileRules(
  policy: Policy,
  approvals: ReadonlyMap<string, CompiledApproval>,
  { compileMatches, problems }: { compileMatches: MatchCompiler; problems: Problems },
): CompiledRule[] {
  const at = problems.at("rules");
  checkNames(policy.rules, at);
  return policy.rules.map((rule, index) => {
    const here = at.at(index);
    const approval = approvalOf(rule, approvals, here);
    return {
      name: rule.name,
      action: actionOf(rule, here),
      reason: rule.reason,
      ...(approval && { approval }),
      matcher: compileMatches(rule.match, here.at("match")),
    };
  });
}

function actionOf(rule: Rule, problems: Problems): CompiledRule["action"] {
  if (rule.action === Action.ALLOW) return "allow";
  if (rule.action === Action.APPROVE) return "approve";
  if (rule.action !== Action.DENY) {
    const found = rule.action === Action.UNSPECIFIED ? "is missing" : `is unknown (${rule.action})`;
    problems.at("action").add(`${found}: write allow, deny or approve`);
  }
  return "deny";
}

function approvalOf(
  rule: Rule,
  approvals: ReadonlyMap<string, CompiledApproval>,
  problems: Problems,
): CompiledApproval | undefined {
  if (rule.action !== Action.APPROVE) {
    if (rule.approval !== "") problems.at("approval").add("is only for the action approve");
    return undefined;
  }
  if (rule.approval === "") {
    problems.at("approval").add("is missing: name the entry of approvals that decides");
    return undefined;
  }
  for (const field of ["prompts", "resources", "methods"] as const) {
    if ((rule.match?.[field].length ?? 0) > 0) {
      problems.at("match").at(field).add("cannot be approved: only tool calls can be held");
    }
  }
  const known = new Set(approvals.keys());
  checkReference(rule.approval, known, "approval", problems.at("approval"));
  return approvals.get(rule.approval);
}

function compileAudit(policy: Policy, problems: Problems): CompiledAudit {
  const { audit } = policy;
  return {
    arguments: detailOf(audit?.arguments),
    results: detailOf(audit?.results),
    maxValueBytes: count(
      audit?.maxValueBytes ?? 0,
      { fallback: 16_384, max: 1_048_576 },
      problems.at("audit").at("maxValueBytes"),
    ),
    whenUnwritable: whenUnwritableOf(audit?.whenUnwritable),
    durability: durabilityOf(audit?.durability),
  };
}

function whenUnwritableOf(choice: WhenUnwritable | undefined): CompiledAudit["whenUnwritable"] {
  if (choice === WhenUnwritable.ALLOW) return "allow";
  return choice === WhenUnwritable.SPOOL ? "spool" : "block";
}

function durabilityOf(durability: AuditDurability | undefined): CompiledAudit["durability"] {
  if (durability === AuditDurability.STRICT) return "strict";
  return durability === AuditDurability.LAZY ? "lazy" : "spooled";
}

function detailOf(detail: number | undefined): CompiledAudit["arguments"] {
  if (detail === ValueDetail.NONE) return "none";
  return detail === ValueDetail.FULL ? "full" : "redacted";
}
