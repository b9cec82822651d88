import type { Caller, ReadCaller } from "./compiled-identity.ts";
import { compileExpression } from "./condition.ts";
import type { Problems } from "./problems.ts";

/** The CEL expressions that say whom something stands for. */
export interface CallerExpressions {
  readonly agent: string;
  /** Empty: no groups. */
  readonly groups: string;
  /** Empty: no tenant. */
  readonly tenant: string;
}

export interface CallerRules {
  /** What the expressions call what they look at. */
  readonly variable: string;
  /** Put before the id. */
  readonly prefix: string;
  /** Beginnings of ids that belong to other sources. */
  readonly foreign: readonly string[];
}

type Facts = Readonly<Record<string, unknown>>;
type Reader = (facts: Facts) => unknown;

const maxGroups = 256;
/** What records, keys and globs carry without harm, and what two people cannot read differently. */
const agentPattern = /^[\x21-\x7e]{1,256}$/;
const namePattern = /^[^\p{C}]{1,256}$/u;

/** Compiles expressions into a reader that never throws. What is not of the wanted shape stands for nobody. */
export function compileCallerReader(
  { agent, groups, tenant }: CallerExpressions,
  rules: CallerRules,
  problems: Problems,
): (facts: Facts) => ReadCaller {
  const { variable } = rules;
  const readAgent = compileReader(agent, variable, problems.at("agent"));
  const readGroups = compileReader(groups, variable, problems.at("groups"));
  const readTenant = compileReader(tenant, variable, problems.at("tenant"));
  return (facts) => {
    try {
      const id = rules.prefix + textOf(readAgent(facts), "the agent's id");
      const foreign = rules.foreign.some((beginning) => id.startsWith(beginning));
      if (!agentPattern.test(id) || id === "anonymous" || foreign) {
        return refused("it gives an agent id that this source cannot give");
      }
      const caller: Caller = { agent: id, groups: groupsOf(readGroups(facts)) };
      const owner = readTenant(facts) ?? "";
      return { ok: true, caller: owner === "" ? caller : { ...caller, tenant: nameOf(owner) } };
    } catch {
      return refused("it does not say who the agent is in the way that the policy wants");
    }
  };
}

/** Undefined: there is no such thing. Throws when the expression cannot be evaluated. */
function compileReader(source: string, variable: string, problems: Problems): Reader {
  if (source === "") return () => undefined;
  try {
    const evaluate = compileExpression(source, variable);
    const path = pathIn(source, variable);
    return path ? (facts) => follow(facts, path) : evaluate;
  } catch (error) {
    problems.add((error as Error).message);
    return () => undefined;
  }
}

/** A plain path such as `claims.realm_access.roles`: that nothing is there is an answer, not a failure. */
function pathIn(source: string, variable: string): readonly string[] | undefined {
  const [first, ...path] = source.trim().split(".");
  const isPath = first === variable && path.every((step) => /^[A-Za-z_]\w*$/.test(step));
  return isPath && path.length > 0 ? path : undefined;
}

function follow(facts: Facts, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, step)
        ? (at as Facts)[step]
        : undefined,
    facts,
  );
}

function groupsOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > maxGroups) throw new TypeError("no list of groups");
  return value.map(nameOf);
}

function nameOf(value: unknown): string {
  const name = textOf(value, "a name");
  if (!namePattern.test(name)) throw new TypeError("no name");
  return name;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw new TypeError(`${what} is no text`);
  return value;
}

function refused(reason: string): ReadCaller {
  return { ok: false, reason };
}
