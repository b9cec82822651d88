import { inPlainLetters } from "../../../core/text/plain-letters.ts";
import { findSqlChanges, statementsOf, verbOf } from "./sql-changes.ts";
import { tokenizeSql } from "./sql-tokens.ts";

/** What reaches out of the database: to its files, its machine, the network, or stands still for an attacker to measure. */
const reachesOut =
  /\b(?:into\s+(?:out|dump)file|load_file\s*\(|load\s+data|xp_\w+|sp_oacreate|sp_executesql|pg_read_(?:binary_)?file|pg_ls_dir|pg_sleep|lo_(?:im|ex)port|copy\s+\S+\s+(?:from|to)\s+program|utl_(?:http|tcp|file|inaddr|smtp)|dbms_(?:ldap|lock|pipe|scheduler|xslprocessor)|benchmark\s*\(|sleep\s*\(|waitfor\s+delay|load_extension\s*\(|openrowset|opendatasource|dblink\w*\s*\(|attach\s+(?:database\s+)?['"]|randomblob\s*\(\s*\d{7}|sys_(?:exec|eval)\s*\(|system\s*\(|copy\s[^;]{1,200}?\s(?:from|to)\s+'|backup\s+(?:database|log)\s|(?:write|read)file\s*\(|fts3_tokenizer\s*\(|(?:query|database|schema|table|cursor)_to_xml\w*\s*\(|xmltype\s*\([^)]{0,60}<!|httpuritype\s*\(|pg_(?:stat_file|current_logfile|logdir_ls)\s*\(|sp_(?:addextendedproc|makewebtask|oamethod|execute_external_script)|pragma\s+writable_schema|dbms_(?:java|xmlquery|export_extension)|into\s+@\w+\s+exec|edit_file\s*\(|shellexec\s*\(|vacuum\s+(?:\w+\s+)?into\b)/i;

/** A file on another machine. */
const readsShare =
  /\b(?:bulk\s{1,4}insert|from|restore|backup|attach|disk\s{0,4}=)[^;]{0,200}'\\{2,4}[\w.-]{1,100}\\/i;

/** Why a text may not run as SQL, as the ends of rules' names. `verbs`: empty means any. */
export function findSqlProblems(source: string, verbs: readonly string[]): readonly string[] {
  const tokens = tokenizeSql(inPlainLetters(source), "");
  const problems: string[] = [];
  const statements = statementsOf(tokens);
  if (statements.length > 1) problems.push("several-statements");
  const verb = verbOf(statements[0] ?? []);
  if (verbs.length > 0 && !verbs.includes(verb)) problems.push("verb");
  // Data that is changed within a query: with x as (delete ... returning *) select.
  const changes = tokens.some(
    ({ text }, index) => tokens[index - 1]?.kind === "(" && changing.test(text),
  );
  if (changes && verbs.length > 0) problems.push("verb");
  if (verbs.length === 0) problems.push(...findSqlChanges(tokens));
  if (reachesOut.test(withoutComments(source)) || readsShare.test(source))
    problems.push("reaches-out");
  if (joinsTautology.test(tokens.map(({ kind }) => kind).join(""))) problems.push("tautology");
  return [...new Set(problems)];
}

const changing = /^(?:insert|update|delete|drop|alter|truncate|merge|create)$/;

/** A condition that is always true, and then what some other query holds: `or 1=1 union select`. */
const joinsTautology = /L[N(]*(?:nOn|sOs)[^;]*UN*\(*E|[sn]L[N(]*(?:nOn|sOs)\)*c$/;

function withoutComments(source: string): string {
  const plain = source.includes("*") ? source.replaceAll(/\/\*!?\d{0,6}|\*\//g, " ") : source;
  return plain.replaceAll(/\s{2,}/g, " ");
}
