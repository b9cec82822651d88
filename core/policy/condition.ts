import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import type { CallFacts } from "./call-facts.ts";

/** A compiled `where`: true, false, or "unknown" when it fails to evaluate or the arguments are not known. */
export type Condition = (call: CallFacts) => boolean | "unknown";

/** A compiled CEL expression as text; undefined when it fails to evaluate or gives no text, number or boolean. */
export type ValueOf = (call: CallFacts) => string | undefined;

const maxSourceLength = 4_096;

/**
 * Compiles a CEL expression over `args`, `tool`, `upstream`, `route` and `agent`.
 * Throws an Error whose message tells the operator what to change.
 *
 * The built-in `matches()` runs a backtracking engine and could be made to run for ever by an argument;
 * `re(value, "pattern")` takes linear time (RE2 syntax) and wants a constant pattern.
 */
export function compileCondition(source: string): Condition {
  const evaluate = compile(source, (type) =>
    type === "bool" || type === "dyn" ? undefined : "must be true or false",
  );
  return (call) => {
    const value = evaluate(call);
    return typeof value === "boolean" ? value : "unknown";
  };
}

const textTypes: ReadonlySet<string> = new Set(["string", "int", "uint", "double", "bool", "dyn"]);

/**
 * Compiles the same kind of expression for its value. The number 1 and the text "1" are the same value:
 * an upstream may take one for the other.
 */
export function compileValue(source: string): ValueOf {
  const evaluate = compile(source, (type) =>
    textTypes.has(type) ? undefined : "must be text, a number or a boolean",
  );
  return (call) => {
    const value = evaluate(call);
    const isText = ["string", "number", "bigint", "boolean"].includes(typeof value);
    return isText ? String(value) : undefined;
  };
}

/** Compiles an expression whose type is not refused. The result gives undefined where it cannot be evaluated. */
function compile(
  source: string,
  refuseType: (type: string) => string | undefined,
): (call: CallFacts) => unknown {
  if (source.length > maxSourceLength) {
    throw new Error(`is longer than ${maxSourceLength} characters`);
  }
  const patterns = new Map<string, RE2JS>();
  const { evaluate, type } = parse(source, environmentWith(patterns, callVariables));
  const refusal = refuseType(type);
  if (refusal) throw new Error(`is not valid CEL: ${refusal}, but is of type ${type}`);
  for (const pattern of findPatterns(evaluate.ast)) patterns.set(pattern, compilePattern(pattern));
  const readsArguments = namesVariable(evaluate.ast, "args");

  return (call) => {
    if (readsArguments && call.arguments === undefined) return undefined;
    try {
      return evaluate({
        args: call.arguments ?? {},
        tool: call.name,
        upstream: call.upstream,
        route: call.route,
        agent: agentOf(call),
      });
    } catch {
      // A missing key, a wrong type: the caller decides what not knowing means.
      return undefined;
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
  const { evaluate } = parse(source, environmentWith(patterns, { [variable]: "map" }));
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

function parse(source: string, environment: Environment) {
  try {
    const evaluate = environment.parse(source);
    const check = evaluate.check();
    if (!check.valid) throw check.error ?? new Error("does not type-check");
    return { evaluate, type: String(check.type) };
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
