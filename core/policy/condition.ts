import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import type { CallFacts } from "./call-facts.ts";

/** A compiled `where`: true, false, or "unknown" when it fails to evaluate or the arguments are not known. */
export type Condition = (call: CallFacts) => boolean | "unknown";

const maxSourceLength = 4_096;

/**
 * Compiles a CEL expression over `args`, `tool`, `upstream`, `route` and `agent`.
 * Throws an Error whose message tells the operator what to change.
 *
 * The built-in `matches()` runs a backtracking engine and could be made to run for ever by an argument;
 * `re(value, "pattern")` takes linear time (RE2 syntax) and wants a constant pattern.
 */
export function compileCondition(source: string): Condition {
  if (source.length > maxSourceLength) {
    throw new Error(`is longer than ${maxSourceLength} characters`);
  }
  const patterns = new Map<string, RE2JS>();
  const evaluate = parse(source, environmentWith(patterns, callVariables), "bool");
  for (const pattern of findPatterns(evaluate.ast)) patterns.set(pattern, compilePattern(pattern));
  const readsArguments = namesVariable(evaluate.ast, "args");

  return (call) => {
    if (readsArguments && call.arguments === undefined) return "unknown";
    try {
      const value: unknown = evaluate({
        args: call.arguments ?? {},
        tool: call.name,
        upstream: call.upstream,
        route: call.route,
        agent: agentOf(call),
      });
      return typeof value === "boolean" ? value : "unknown";
    } catch {
      // A missing key, a wrong type: the caller decides what not knowing means.
      return "unknown";
    }
  };
}

/** A compiled expression over one variable that is a map. Throws when it cannot be evaluated. */
export type Expression = (value: Readonly<Record<string, unknown>>) => unknown;

/** Compiles a CEL expression over one variable. Throws as {@link compileCondition} does. */
export function compileExpression(source: string, variable: string): Expression {
  if (source.length > maxSourceLength) {
    throw new Error(`is longer than ${maxSourceLength} characters`);
  }
  const patterns = new Map<string, RE2JS>();
  const evaluate = parse(source, environmentWith(patterns, { [variable]: "map" }), "any");
  for (const pattern of findPatterns(evaluate.ast)) patterns.set(pattern, compilePattern(pattern));
  return (value) => evaluate({ [variable]: value });
}

const callVariables = {
  args: "map",
  tool: "string",
  upstream: "string",
  route: "string",
  agent: "map",
} as const;

function agentOf({ agent, groups, tenant, login }: CallFacts) {
  const { method = "", issuer = "", scopes = [] } = login ?? {};
  return { id: agent, groups, tenant: tenant ?? "", method, issuer, scopes };
}

function environmentWith(
  patterns: ReadonlyMap<string, RE2JS>,
  variables: Readonly<Record<string, "map" | "string">>,
): Environment {
  const environment = new Environment({ limits: { maxAstNodes: 2_000, maxDepth: 64 } });
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type);
  return environment.registerFunction(
    "re(dyn, string): bool",
    (value: unknown, pattern: string) => {
      if (typeof value !== "string") throw new TypeError("re() wants a string");
      const compiled = patterns.get(pattern);
      if (!compiled) throw new TypeError("re() wants a constant pattern");
      return compiled.matcher(value).find();
    },
  );
}

function parse(source: string, environment: Environment, wanted: "bool" | "any") {
  try {
    const evaluate = environment.parse(source);
    const check = evaluate.check();
    if (!check.valid) throw check.error ?? new Error("does not type-check");
    if (wanted === "bool" && check.type !== "bool" && check.type !== "dyn") {
      throw new Error(`must be true or false, but is of type ${check.type}`);
    }
    return evaluate;
  } catch (error) {
    const [firstLine] = (error as Error).message.split("\n");
    throw new Error(`is not valid CEL: ${firstLine}`, { cause: error });
  }
}

function compilePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new Error(
      `has a pattern that RE2 does not take: ${JSON.stringify(pattern)} (${(error as Error).message})`,
      { cause: error },
    );
  }
}

/** The constant patterns of every re(); throws on matches() and on patterns that are not constant. */
function findPatterns(root: ASTNode): string[] {
  const calls = nodesOf(root).filter((node) => node.op === "call" || node.op === "rcall");
  if (calls.some((node) => node.args[0] === "matches")) {
    throw new Error('uses matches(), which can run for ever: write re(value, "pattern") instead');
  }
  return calls.filter((node) => node.args[0] === "re").map(patternOf);
}

function patternOf(call: ASTNode): string {
  const pattern = call.op === "call" ? call.args[1][1] : undefined;
  if (pattern?.op !== "value" || typeof pattern.args !== "string") {
    throw new Error('uses re() without a constant pattern: write re(value, "pattern")');
  }
  return pattern.args;
}

function namesVariable(root: ASTNode, name: string): boolean {
  return nodesOf(root).some((node) => node.op === "id" && node.args === name);
}

/** Every node of the tree. Operands lie in `args`, alone or in nested lists. */
function nodesOf(root: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isNode(value)) {
      found.push(value);
      visit(value.args);
    }
  };
  visit(root);
  return found;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}
