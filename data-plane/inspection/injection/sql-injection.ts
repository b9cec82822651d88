import { inPlainLetters } from "../../../core/text/plain-letters.ts";
import { holdsSqlFragment } from "./sql-fragments.ts";
import { isTellingFunction } from "./sql-functions.ts";
import { type SqlToken, tokenizeSql } from "./sql-tokens.ts";

/** Without one of these no value can change a statement around it. */
const mayMatter =
  /['"`;#()@]|--|\/\*|\*\/|union\s|\b(?:select|and|or|xor|having|order|group|procedure|case|waitfor|div|mod|drop|exec|limit|is|in|like|rlike|regexp|between|from|set|openrowset|opendatasource|msdasql)\b|\b(?:xp|sp|utl|dbms)_\w|[\u2018\u2019\u00b4]|\d\.e\.|::|&&|\|\||\d\s*[=<>^|&%*]|=\s*\d/i;

const functions =
  "abs|ascii|asciistr|bin|bit_count|benchmark|cast|ceil|char|char_length|chr|coalesce|compress|concat|concat_ws|conv|convert|cos|count|crc32|current_user|database|db_name|decode|dbms_\\w+|elt|encode|exists|exp|export_set|extractvalue|field|find_in_set|floor|from_base64|geometrycollection|group_concat|gtid_subset|has_dbaccess|hex|if|ifnull|iif|inet_aton|instr|json_keys|json_\\w+|last_insert_id|lcase|least|left|length|len|load_file|locate|log|lower|lpad|ltrim|make_set|max|md5|mid|min|name_const|nullif|nvl|oct|ord|password|pg_\\w+|pi|polygon|position|pow|quote|rand|randomblob|regexp_\\w+|repeat|replace|reverse|right|row_count|round|rpad|schema|serverproperty|session_user|sha1|sin|sleep|sp_\\w+|space|sqrt|strcmp|st_\\w+|substr|substring|sum|suser_name|sys_context|sysdate|system_user|sys\\.\\w+|tan|to_base64|trim|truncate|ucase|unhex|unicode|unistr|updatexml|upper|user|user_name|utl_\\w+|uuid|version|xmltype|xp_\\w+";
const knownFunction = new RegExp(`^(?:${functions})$`);
const tellingWord =
  /^(?:information_schema(?:\..*)?|sysobjects|syscolumns|sysusers|sqlite_master|sqlite_schema|pg_catalog(?:\..*)?|pg_shadow|mysql\.\w+|master\.\.?\w+|sys\.\w+|all_tables|all_users|user_tables|dba_\w+|v\$\w+|msysobjects|@@\w+|msdb\.\w+|xp_cmdshell|tempdb\.\w+|dual)$/;

/** Brackets and calls are one operand, `q` when a statement stands in them. */
const shapes: readonly RegExp[] = [
  // ... union select
  /U[N(!;]*(?:E|q|B)/,
  // 1 or 1=1, ) and 'a'='a, or (1)=(1), or f(x)=1: what follows is true or false by itself.
  /[snvwq)z]!*L[N(!A]*[snvq]\)*N*O[N(!A]*[snvzqw]/,
  /[snvq)]!*L[N(!A]*q/,
  /[sn]O[nsv]\)*L[N(!A]*[snvqw]/,
  /[sn)q]!*L[N(!A]*E/,
  /^[sn)q]+!*L[N(!A]*[snzvq]\)*(?:c|;|\()/,
  /^[)!;(A]*L[N(!A]*[snvwq]\)*N*O[N(!A]*[snvzq]/,
  // A statement in brackets, or by itself.
  /q/,
  /\(E[^w(]/,
  /^[-+A(]*E(?:[N(]*(?:[nvsq]|A,|w,|w\)?B|Ab|Awb|K))/,
  // 1 order by 3 --, 1 having 1=1, 1 procedure analyse(
  /^[snqA)]+B[bn]{0,8}[n(q]{1,8}[),n]{0,64}(?:c|$|;)/,
  /[snq)]B[N(]*[snvwq]O[snvwq]/,
  // a number, text or bracket, and the rest of the statement is cut off
  /^[(Anvsq)]*[snq)]c$/,
  /^n?[)]+c/,
  /K[^K]*K[^K]*K/,
];

/** After the quote that it closes, the value goes on as an expression would: every operand behind an operator. */
const goesOn = "^s[)!]*(?:(?:[LOA]|NO)[NA!(]*[nsvwq][)]*)*";
/** It ends with an open quote, or cuts off what stands behind it. */
const singleQuoted = new RegExp(
  `${goesOn}(?:(?:[LOA]|NO)[NA!(]*z|;*c|;+E.*|(?:[LOA]|NO)[NA!(]*E.*|U.*|B(?:b|[n(sq]).*)$`,
);
const doubleQuoted = new RegExp(
  `${goesOn}(?:(?:[LOA]|NO)[NA!(]*[nsvq][)]*(?:[LOA]|NO)[NA!(]*[zw]|;*c|;+E.*|L[NA!(]*E.*|U[N(]*[Eq].*|Bb.*)$`,
);
/** What is true or false by itself, or asks the database, however the value ends. */
const tautology =
  /^s[)!]*(?:L[N(!A]*(?:[nsvwq][)]*(?:O[N(!A]*[nsvzq]|L)|[q0]|[nz]\)*c)|[OA][N(!A]*q)/;

const statements =
  /\b(?:drop\s{1,4}(?:table|database|schema|view|index|user|procedure|function|column|trigger|role)|delete\s{1,4}from|insert\s{1,4}into|truncate\s{1,4}table|update\s{1,4}\S{1,80}\s{1,4}set|alter\s{1,4}(?:table|user|database|role)|create\s{1,4}(?:or\s{1,4}replace\s{1,4})?(?:table|user|function|trigger|procedure|database)|into\s{1,4}(?:out|dump)file|waitfor\s{1,4}(?:delay|time)|exec(?:ute)?\s{1,4}(?:immediate|xp_|sp_|master|\(|@)|xp_cmdshell|declare\s{1,4}@\w+|procedure\s{1,4}analyse|load\s{1,4}data\s{1,4}(?:local\s{1,4})?infile|shutdown\s{0,4}(?:;|--|$)|select\s{1,4}.{0,200}?\sfrom\s{1,4}\w|select\s{1,4}(?:\*(?!\s{1,4}(?!from\b)[a-z])|@@|\d|sleep|pg_sleep|version|user|database))/i;
/** A statement matters where it can begin: first, behind a semicolon, a bracket or a closed quote. */
const stackedStatement = new RegExp(
  `(?:^\\s*(?:\\d+\\s+)?|[;)'"]\\s*|\\*/\\s*)${statements.source}|;\\s*(?:begin\\s+declare|if\\s*\\(?\\d|do\\s*\\()|\\bin boolean mode\\s*\\)`,
  "i",
);

/** Stands for a blank where blanks are looked for. */
const comment = /\/\*[^*]{0,200}\*\//g;

/** What tables of figures are sorted by and made of: one call over one column, which changes nothing around it. */
const oneAggregate =
  /^\s{0,4}(?:count|sum|avg|min|max)\s?\(\s?(?:\*|(?:distinct\s)?\w{1,64}(?:\.\w{1,64})?)\s?\)(?:\s(?:asc|desc))?\s{0,4}$/i;

/** Ranges of versions compare and join numbers: >=1.2 <2 || 3.x. */
const versionRange = /^[\s\d.x*^~<>=|,v]{0,80}\d\.[\dx*][\s\d.x*^~<>=|,v]{0,80}$/i;

/** What telephones ask networks for: *101#. */
const networkCode = /^[*#][\d*#+]{2,40}$/;
/** Words as names have them: Drop Table Studios. */
const capitalised = /^(?:[A-Z][a-z]{1,20} ){2,6}[A-Z][a-z]{1,20}$/;
/** What the "@" of most values is for. No statement has neither blank, quote nor bracket. */
const mailAddress =
  /^[a-z0-9]{1,32}(?:[._+-][a-z0-9]{1,32}){0,6}@[a-z0-9]{1,40}(?:[.-][a-z0-9]{1,40}){1,6}$/i;
const isHarmless: readonly RegExp[] = [
  mailAddress,
  oneAggregate,
  versionRange,
  networkCode,
  capitalised,
];

/** Whether a value would change the meaning of a SQL statement that it is put into, raw or between quotes. */
export function findsSqlInjection(value: string): boolean {
  if (!mayMatter.test(value) || isHarmless.some((shape) => shape.test(value))) return false;
  const text = inPlainLetters(value)
    .replaceAll(/(\s)\s{1,4096}/g, "$1")
    .replaceAll(/[\u2018\u2019\u00b4\u0384\u1ffd]| ?\u0301/g, "'");
  if (holdsSqlFragment(text)) return true;
  // Comments within words: uni/**/on sel/**/ect.
  if (/\w\/\*[^*]{0,200}\*\/\w/.test(text) && holdsSqlFragment(text.replaceAll(comment, "")))
    return true;
  if (holdsStatement(text)) return true;
  if (/\/\*!\d{0,6}\s*\w/.test(text)) return true;
  if (findsInRaw(tokenizeSql(text, ""))) return true;
  // Not all databases take a backslash for an escape.
  const closed = text.includes("\\") ? text.replaceAll(/\\(?=["'`])/g, "") : text;
  if (closed !== text && findsBehindAnyQuote(closed)) return true;
  return findsBehindAnyQuote(text);
}

function holdsStatement(text: string): boolean {
  if (stackedStatement.test(text)) return true;
  return text.includes("/*") && stackedStatement.test(text.replaceAll(comment, " "));
}

function findsBehindAnyQuote(text: string): boolean {
  return (["'", '"', "`"] as const).some(
    (quote) => text.includes(quote) && findsBehindQuote(tokenizeSql(text, quote), quote),
  );
}

function findsInRaw(tokens: readonly SqlToken[]): boolean {
  if (tokens.length < 2) return false;
  if (tokens.some((token, index) => isTelling(token, tokens, index))) return true;
  if (callsWithinCalls(tokens)) return true;
  const kinds = reduced(tokens);
  if (shapes.some((shape) => shape.test(kinds))) return !readsAsProse(tokens);
  // "true or false" is a question.
  const [first, last] = [tokens[0]?.text ?? "", tokens.at(-1)?.text ?? ""];
  return /^nLn$/.test(kinds) && /^[\d.]/.test(first) && /^(?:[01]|true|false)$/.test(last);
}

function findsBehindQuote(tokens: readonly SqlToken[], quote: string): boolean {
  const [first, second] = tokens;
  if (second === undefined || first?.kind !== "s") return false;
  const kinds = reduced(tokens);
  const shape = quote === '"' ? doubleQuoted : singleQuoted;
  if (!shape.test(kinds) && !tautology.test(kinds)) return false;
  if (kinds === "sc" && first.text.split(" ").length > 3) return false;
  return !readsAsProse(tokens.slice(1));
}

/** The kinds in a row, with calls and brackets as one operand each. */
function reduced(tokens: readonly SqlToken[]): string {
  let kinds = tokens
    .map(({ kind, text }) => (kind === "f" && !knownFunction.test(text) ? "w" : kind))
    .join("");
  for (let round = 0; round < 12; round += 1) {
    const shorter = kinds.replaceAll(/([fw]?)\(([^()]*)\)/g, (_, call: string, inner: string) =>
      operandOf(call, inner),
    );
    if (shorter === kinds) break;
    kinds = shorter;
  }
  return kinds;
}

/** What a pair of brackets is, by what stands before and in it: `q` when the database is asked something. */
function operandOf(call: string, inner: string): string {
  // "plan (copy)", "notes (update)": a verb alone asks nothing.
  if (inner === "E") return "w";
  if (/[Eq]/.test(inner)) return "q";
  if (call === "f") return operandOfCall(inner);
  if (call === "w") return "w";
  return inner === "" ? "()" : "n";
}

function operandOfCall(inner: string): string {
  if (/^w?$/.test(inner)) return "v";
  return /w[wb]|^[wb,]+$/.test(inner) ? "w" : "q";
}

function callsWithinCalls(tokens: readonly SqlToken[]): boolean {
  return tokens.some(
    ({ kind, text }, index) =>
      kind === "f" &&
      knownFunction.test(text) &&
      tokens[index + 2]?.kind === "f" &&
      knownFunction.test(tokens[index + 2]?.text ?? ""),
  );
}

function isTelling({ kind, text }: SqlToken, tokens: readonly SqlToken[], index: number): boolean {
  if (kind === "f") return isTellingFunction(text);
  if (kind === "v") return /^@@\w/.test(text);
  return kind === "w" && tokens.length > 2 && index > 0 && tellingWord.test(text);
}

/** Several words in a row are a sentence, as no dialect knows them. */
function readsAsProse(tokens: readonly SqlToken[]): boolean {
  let run = 0;
  let longest = 0;
  let symbols = 0;
  for (const { kind } of tokens) {
    run = kind === "w" ? run + 1 : 0;
    longest = Math.max(longest, run);
    if (kind === "(" || kind === "c" || kind === "U") symbols += 1;
  }
  return longest >= 3 && symbols === 0;
}
