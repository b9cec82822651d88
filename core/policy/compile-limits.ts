import type { Duration } from "@bufbuild/protobuf/wkt";
import {
  type Limit,
  type LimitCost,
  LimitKey,
  LimitMode,
  type Policy,
  RefuseWith,
  WhenRedisIsDown,
  WhileHeld,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledLimit, CompiledQuota, LimitKeyName } from "./compiled-policy.ts";
import { compileValue } from "./condition.ts";
import { checkNames, count, durationMs } from "./fields.ts";
import type { MatchCompiler } from "./match-compiler.ts";
import type { Problems } from "./problems.ts";

const maxAmount = 1_000_000_000;
const maxConcurrent = 10_000;
/** Each window and each expression costs every call something. */
const maxWindows = 8;
const maxExpressions = 4;

const keyNames: ReadonlyMap<number, LimitKeyName> = new Map([
  [LimitKey.AGENT, "agent"],
  [LimitKey.ROUTE, "route"],
  [LimitKey.UPSTREAM, "upstream"],
  [LimitKey.TOOL, "tool"],
  [LimitKey.OPERATION, "operation"],
  [LimitKey.TENANT, "tenant"],
  [LimitKey.GROUP, "group"],
  [LimitKey.SESSION, "session"],
]);

/** Compiles the shared quotas. */
export function compileLimits(
  policy: Policy,
  compileMatches: MatchCompiler,
  problems: Problems,
): CompiledLimit[] {
  const at = problems.at("limits");
  checkNames(policy.limits, at);
  return policy.limits.map((limit, index) => compileLimit(limit, compileMatches, at.at(index)));
}

function compileLimit(
  limit: Limit,
  compileMatches: MatchCompiler,
  problems: Problems,
): CompiledLimit {
  const quotas = compileQuotas(limit, problems);
  return {
    name: limit.name,
    matcher: compileMatches(limit.match, problems.at("match")),
    per: compileKeys(limit.per, problems.at("per")),
    perValueOf: compileValues(limit.perValueOf, problems.at("perValueOf")),
    quotas,
    costs: compileCosts(limit, quotas, { compileMatches, problems }),
    namesMethods: (limit.match?.methods.length ?? 0) > 0,
    whenRedisIsDown: whenDownOf(limit.whenRedisIsDown, problems.at("whenRedisIsDown")),
    shadow: limit.mode === LimitMode.SHADOW,
    refuseWith: limit.refuseWith === RefuseWith.RESULT ? "result" : "error",
    countsHeld: limit.whileHeld === WhileHeld.KEEP,
    maxSubjects: count(
      limit.maxSubjects,
      { fallback: 10_000, max: 1_000_000 },
      problems.at("maxSubjects"),
    ),
  };
}

function compileKeys(keys: readonly LimitKey[], problems: Problems): LimitKeyName[] {
  return keys.flatMap((key, position) => {
    const name = keyNames.get(key);
    if (!name) problems.at(position).add(`is unknown (${key})`);
    else if (keys.indexOf(key) < position) problems.at(position).add(`names ${name} twice`);
    return name ? [name] : [];
  });
}

function compileValues(
  sources: readonly string[],
  problems: Problems,
): CompiledLimit["perValueOf"][number][] {
  if (sources.length > maxExpressions) {
    problems.add(`has ${sources.length} expressions: at most ${maxExpressions}`);
  }
  return sources.flatMap((source, position) => {
    try {
      if (source === "") throw new Error("is empty");
      return [{ source, read: compileValue(source) }];
    } catch (error) {
      problems.at(position).add((error as Error).message);
      return [];
    }
  });
}

/** The fields of a limit that stand for one window are the first of its windows. */
function compileQuotas(limit: Limit, problems: Problems): CompiledQuota[] {
  const { requests, cost, window, windows, concurrent } = limit;
  const isEmpty = windows.length === 0 && concurrent === 0;
  const hasOwn = requests > 0 || cost > 0 || window !== undefined || isEmpty;
  if (windows.length > maxWindows) {
    problems.at("windows").add(`has ${windows.length} entries: at most ${maxWindows}`);
  }
  return [
    ...(hasOwn ? compileWindow({ requests, cost, window }, problems) : []),
    ...windows.flatMap((entry, index) => compileWindow(entry, problems.at("windows").at(index))),
    ...(concurrent > 0
      ? [
          {
            kind: "concurrent" as const,
            amount: count(
              concurrent,
              { fallback: 1, max: maxConcurrent },
              problems.at("concurrent"),
            ),
          },
        ]
      : []),
  ];
}

function compileWindow(
  given: {
    readonly requests: number;
    readonly cost: number;
    readonly window?: Duration | undefined;
  },
  problems: Problems,
): CompiledQuota[] {
  if (given.requests === 0 && given.cost === 0) {
    problems.at("requests").add("is missing: say how many calls (or `cost`, or `concurrent`)");
  }
  if (!given.window) problems.at("window").add("is missing: say in how long, such as 1m");
  const windowMs = durationMs(
    given.window,
    { fallbackMs: 60_000, minMs: 1_000, maxMs: 30 * 86_400_000 },
    problems.at("window"),
  );
  return (["requests", "cost"] as const)
    .filter((kind) => given[kind] > 0)
    .map((kind) => {
      const amount = count(given[kind], { fallback: 1, max: maxAmount }, problems.at(kind));
      return { kind, amount, windowMs };
    });
}

function compileCosts(
  limit: Limit,
  quotas: readonly CompiledQuota[],
  { compileMatches, problems }: { compileMatches: MatchCompiler; problems: Problems },
): CompiledLimit["costs"][number][] {
  const budgets = quotas.filter(({ kind }) => kind === "cost").map(({ amount }) => amount);
  if (limit.costs.length > 0 && budgets.length === 0) {
    problems.at("costs").add("say nothing without a budget: write `cost` and `window`");
  }
  const smallest = Math.min(...budgets);
  return limit.costs.map((entry, index) => {
    const here = problems.at("costs").at(index);
    return {
      matcher: compileMatches(entry.match, here.at("match")),
      cost: costOf(entry, smallest, here.at("cost")),
    };
  });
}

function costOf({ cost }: LimitCost, smallestBudget: number, problems: Problems): number {
  if (cost === undefined) problems.add("is missing: say what these calls cost (0: nothing)");
  else if (cost > smallestBudget) {
    problems.add(
      `is more than the whole budget of ${smallestBudget}: such a call could never be made`,
    );
  }
  return cost ?? 1;
}

function whenDownOf(when: WhenRedisIsDown, problems: Problems): CompiledLimit["whenRedisIsDown"] {
  switch (when) {
    case WhenRedisIsDown.ALLOW:
      return "allow";
    case WhenRedisIsDown.LOCAL:
      return "local";
    case WhenRedisIsDown.DENY:
    case WhenRedisIsDown.UNSPECIFIED:
      return "deny";
    default:
      problems.add(`is unknown (${when}): write deny, allow or local`);
      return "deny";
  }
}
