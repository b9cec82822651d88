import type { SqlToken } from "./sql-tokens.ts";

/** What takes away tables, rights or the server itself, or gives rights away. */
const changesDatabase: ReadonlySet<string> = new Set(
  "drop truncate alter rename grant revoke shutdown kill".split(" "),
);
/** To make these adds to the data; to make anything else gives somebody rights or runs code. */
const addsOnly: ReadonlySet<string> = new Set(
  "table view index schema database sequence type materialized".split(" "),
);
const prefixes: ReadonlySet<string> = new Set(
  "or replace temp temporary unique global local unlogged if not exists".split(" "),
);
const transaction = /^(?:begin|start|commit|end|rollback)$/;

/** The statements of a text, each with its tokens. Those that only open and close a transaction are none where all others do the same. */
export function statementsOf(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const statements: SqlToken[][] = [[]];
  for (const token of tokens) {
    if (token.kind === ";") statements.push([]);
    else if (token.kind !== "c") statements.at(-1)?.push(token);
  }
  const told = statements.filter((statement) => statement.length > 0);
  const inner = told.filter((statement) => !transaction.test(verbOf(statement)));
  const isOneTransaction =
    inner.length > 0 &&
    inner.length < told.length &&
    told[0] !== inner[0] &&
    new Set(inner.map(verbOf)).size === 1;
  return isOneTransaction ? [inner.flat()] : told;
}

/** What a statement does first. */
export function verbOf(statement: readonly SqlToken[]): string {
  return statement.find(({ kind }) => kind !== "(" && kind !== "!")?.text ?? "";
}

/** Statements that change more than rows, as the ends of rules' names: for where no policy names the verbs that are allowed. */
export function findSqlChanges(tokens: readonly SqlToken[]): readonly string[] {
  const problems: string[] = [];
  for (const statement of statementsOf(tokens)) {
    const words = statement.filter(({ kind }) => kind !== "(" && kind !== "!");
    const verb = words[0]?.text ?? "";
    const texts = words.map(({ text }) => text);
    if (changes(verb, texts)) problems.push("ddl");
    if (runsText(verb, words)) problems.push("dynamic");
  }
  if (deletesAll(tokens) || updatesAll(tokens)) problems.push("whole-table");
  return problems;
}

function changes(verb: string, words: readonly string[]): boolean {
  if (verb === "alter") return !(words[1] === "table" && words.slice(2, 8).includes("add"));
  if (verb === "create") {
    const what = words.slice(1).find((word) => !prefixes.has(word)) ?? "";
    return what !== "" && !addsOnly.has(what);
  }
  if (verb === "set") return /^(?:global|persist|persist_only|@@global\b.*)$/.test(words[1] ?? "");
  if (verb === "shutdown") return true;
  return words.length > 1 && changesDatabase.has(verb);
}

/** A statement in a text, that nobody has looked at. */
function runsText(verb: string, words: readonly SqlToken[]): boolean {
  const isText = (token: SqlToken | undefined) =>
    token !== undefined && /[sv]/.test(token.kind) && !token.text.startsWith("sp_");
  if (verb === "execute" && words[1]?.text === "immediate") return true;
  if (verb === "exec" || verb === "execute") return isText(words[1]);
  return verb === "prepare" && words.slice(1, 4).some(({ text }) => text === "from");
}

/** Without a condition, or with one that is always true. */
function deletesAll(tokens: readonly SqlToken[]): boolean {
  return tokens.some(
    ({ text, kind }, index) =>
      text === "delete" &&
      kind === "E" &&
      tokens[index + 1]?.text === "from" &&
      tokens[index - 1]?.text !== "explain" &&
      !isNarrowed(tokens, index + 2),
  );
}

/** With a condition that is there to be true: one who means all rows writes none. */
function updatesAll(tokens: readonly SqlToken[]): boolean {
  return statementsOf(tokens).some((statement) => {
    if (verbOf(statement) !== "update") return false;
    const at = statement.findLastIndex(({ text }) => text === "where");
    return at >= 0 && alwaysTrue(statement.slice(at + 1, at + 5));
  });
}

function isNarrowed(tokens: readonly SqlToken[], from: number): boolean {
  let depth = 0;
  for (let at = from; at < tokens.length && depth >= 0; at += 1) {
    const { kind, text } = tokens[at] as SqlToken;
    if (kind === ";") return false;
    if (kind === "(") depth += 1;
    else if (kind === ")") depth -= 1;
    else if (text === "limit") return true;
    else if (text === "where") return !alwaysTrue(tokens.slice(at + 1, at + 5));
  }
  return false;
}

function alwaysTrue(condition: readonly SqlToken[]): boolean {
  const kinds = condition.map(({ kind }) => kind).join("");
  if (/^n(?:$|[;c)])/.test(kinds)) return !/^(?:0|false|null)$/.test(condition[0]?.text ?? "");
  return /^([nsw])O\1(?:$|[;c)])/.test(kinds) && condition[0]?.text === condition[2]?.text;
}
