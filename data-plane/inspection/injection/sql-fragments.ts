import { SignedPatterns } from "./required-signs.ts";

/**
 * Parts of statements that are no expression by themselves: they lean on what a statement has before and behind the value.
 * Linear: bounded repetition, none inside another.
 */
export const sqlFragments: readonly RegExp[] = [
  // What equals itself is true wherever it stands.
  /(?<![\w.=<>-])(\d{1,20}|'[^']{0,40}'|"[^"]{0,40}")\s{0,4}(?:=|<=>|\br?like\b|\bregexp\b|\bis\b)\s{0,4}\1(?![\w.=])/i,
  // Two texts in quotes are compared: 'a'='b
  /'\w{1,40}'\s{0,4}(?:=|<>|!=|<=>|\br?like\b)\s{0,4}'\w{0,40}/i,
  // A condition whose other side the statement brings: xor 2 <, or name = ', and 7=(
  /(?:\b(?:and|x?or|having|div)\b|&&|\|\|)\s{0,8}[(!~-]?\s{0,4}(?:\d{1,20}|'[^']{0,40}'?|"[^"]{0,40}"?)\s{0,4}(?:[=<>!]{1,3}|\br?like\b|\bregexp\b)\s{0,4}["'`(]?\s{0,4}$/i,
  /(?:\b(?:and|x?or|having)\b|&&|\|\|)\s{0,8}[(!~-]?\s{0,4}[a-z_][\w.]{0,40}\s{0,4}(?:[=<>!]{1,3}|\br?like\b|\bregexp\b)\s{0,4}["'`(]\s{0,4}$/i,
  // A call that is opened and left to the statement: ascii(
  /[\w?&|!$\\/=]['"]?\(\s{0,4}$/,
  /(?:^|[\s"'=,(|&])(?:abs|ascii|benchmark|cast|chr|concat|floor|hex|ifnull|load_file|ltrim|ord|pow|rand|rtrim|sleep|substring|sysdate|uncompress|unhex|xmltype)\s{1,4}\(\s{0,4}$/i,
  // A list of values behind a column: in (1, 2)
  /(?:[)'"`\d]|\b(?:and|or|where)\s{1,4}\w{1,40}\s)\s{0,4}(?:not\s{1,4})?in\s{0,4}\(\s{0,4}(?:-?\d{1,20}|'[^']{0,80}')\s{0,4},/i,
  /^\s{0,4}(?:in|IN|not in|NOT IN)\s?\(\s{0,4}(?:-?\d{1,20}|'[^']{0,80}')\s{0,4},/,
  // Columns and calls of a query, and what closes a subquery.
  /\bselect\s{1,8}\w{1,40}\(|union\s{1,8}(?:all\s{1,8}|distinct\s{1,8})?\(?\s{0,4}select\s{1,8}(?:[\d'"(*@]|null\b|\w{1,40}[,(])|\)\s{0,8}as\s{1,8}['"`]?\w{1,40}['"`]?\s{1,8}from\b|\bvalues\s{0,4}\(\s{0,4}['"]|\bhaving\s{0,4}\(|\bwaitfor\s{1,8}delay\s{1,8}'|\)\s{0,4}(?:r?like|regexp)\s{0,4}\(|`\s{0,4}(?:r?like|regexp)\s/i,
  /\b(?:from|join)\s{1,8}[`"[]?(?:information_schema|pg_catalog|sqlite_master|sqlite_schema|mysql\.\w|sys\.\w|sysobjects|all_tables|dba_\w)/i,
  // Operators and casts of PostgreSQL, numbers that MySQL reads as an empty operand, variables of sessions.
  /['\])}]\s{0,4}(?:::\s{0,4}(?:int|text|jsonb?|numeric|varchar|bytea|regclass|date|bool)|(?:@>|<@|\?[|&]|#>>?|->>?)\s{0,4}(?:'|array\b))/i,
  /'\s{0,4}[<>=?]{1,2}\s{0,4}'[$[{]|[}\]]'\s{0,4}\?[|&]?\s{0,4}'|\b\d{1,9}\.e[(.][a-z]|(?:^|[;>])\s{0,8}set\s{1,8}(?:@@?|global\s|session\s)\w/i,
  // Conditions behind a quote that they close; two quotes with nothing but an operator between.
  /['"`]\s{0,4}(?:x?or|and|&&|\|\|)\s{1,4}~?[a-z_][\w.[\]]{0,40}\s{1,4}(?:like\b|[=<>]|regexp\b|glob\b|in\s?\(|is\s{1,4}(?:not\s{1,4})?null\b)/i,
  /['"]\s{0,4}(?:x?or|and|&&|\|\|)\s{0,4}[-~!+@(]{0,4}["']\w{0,20}\s{0,4}$|'\s{0,4}(?:[<>!=~|^*]{1,4}|sounds\s{1,4}like\b[\s+]{0,4})\s{0,4}~?'|\b(?:x?or|and|\|\|)\s{1,4}\w{1,40}\s{1,4}(?:sounds\s{1,4}like\s|is\s{1,4}(?:not\s{1,4})?null\b)/i,
  /^[^'"`;]{0,200}['"`]\s{0,4}\)?\s?;{1,4}\s{0,4}$|^'\s{0,4},\s{0,4}['\d(]|^['"]\s{0,4}(?:alter|union|truncate)\s{1,4}\w{1,40}$|['"\d]\s{0,4}x?or\s{0,4}--|^@{1,2}\w{1,40}(?:--|\/\*)\s{0,4}$/i,
  // Conditions as programs write them, and comparisons that are left open.
  /(?:&&|\|\|)\s{0,2}!?\(\w{1,20}\s{0,2}[=!]{1,3}|(?:&&|\|\||\b(?:and|x?or)\b)\s{1,4}\w{1,40}\s{0,4}(?:[=!]=|<>)={0,1}\s{0,4}$|\bif\(\s{0,2}['\w]{1,40}\s{0,2}[=<>]|\b(?:and|or)\s{1,4}\d{1,9}\s{0,2}[-+*/%]\s{0,2}\d{1,9}\s{0,2}[=<>]/i,
  // Statements behind the end of another one.
  /(?:^|[\d'")\s])\s{0,4};\s{0,8}(?:call\s{1,4}\w{1,40}\s?\(|load\s{1,4}(?:xml|data)\s|(?:delete|insert|update)\s{1,4}(?:ignore|low_priority|quick|delayed)\s|drop\s{1,4}\w{1,40}\s{0,4}(?:--|;|#|$)|if\s{1,4}(?:not\s{1,4})?exists\s{0,4}\()|\blo_(?:get|put|from_bytea|unlink|import|export)\(/i,
  // Time that is measured, behind a quote or an operator, whatever glues it on: '.sleep(9).', -sleep(9)
  /['")\d]\s{0,4}[.,+*/|&^-]{0,2}\s{0,4}(?:sleep|pg_sleep|benchmark)\s?\(/i,
  // Several quotes and a word that joins conditions; a number behind it that nothing compares yet.
  /['"`]{2,8}\s{0,4}(?:or|and|xor)\b\s{0,4}['"(\d]|['"`]\s{0,4}\d{1,9}\s{1,4}(?:or|and|xor)\s{1,4}\d/i,
  // Sets of values that are joined; branches of a case; the end of a subquery in quotes: as 'a' from.
  /\b(?:union|except|intersect)\s{1,4}(?:all\s{1,4}|distinct\s{1,4})?values\s{0,2}\(\s{0,2}['"\d]|(?:[)'"]|\bcase)\s{1,4}when\s{1,4}\S{1,60}\s{1,4}then\b|\bas\s{0,4}['"`]\w{0,40}['"`]?\s{1,4}from\b/i,
  // A quote that is closed, and the rest is cut off.
  /^[^'"`]{0,24}['"`][^'"`\w]{0,8}(?:--\s?[+-]?|\/\*)\s{0,4}$/,
  // Nothing but a quote, an operator and numbers; quotes of several kinds, as those try who look for a gap.
  /^\s{0,4}['"`]{1,2}[\s:;)}>]{0,4}[*+/<>=|&^%-]{1,3}\s{0,4}\d{1,12}\s{0,4}$|^\s{0,4}['"`]\d{1,9}[*+/]\d{1,9}\s{0,4}$|^\s{0,4}\d{0,9}(?:'"|"'|'\)|"\)|'`|`')[^\w]{0,24}$/,
  // A query whose columns or conditions the statement brings.
  /^\s{0,4}['"`)]\s{0,4}(?:select|insert|update|delete|union|order\s{1,4}by|group\s{1,4}by|having|limit|procedure|into)\b(?:\s{1,4}[\w*,.(]{1,40}){0,6}\s{0,4}$|\(\s{0,4}select\s{1,4}(?:top\s{1,4}\d|distinct\s|all\s|\*|count\b|\w{1,40}\s{1,4}from\b)/i,
  // What only statements say: match (a) against (, merge into a using (, a character set that is changed.
  /\bmatch\s{0,2}\(?[\w,. ]{1,40}\)?\s{0,2}against\s{0,2}\(|\bmerge\s{1,4}(?:into\s)?.{1,40}\busing\s{0,2}\(|\bexecute\s{1,4}immediate\s{1,4}["']|\balter\s{1,4}\w{1,20}\s{1,4}.{0,40}\bchar(?:acter)?\s{1,4}set\b|\bwaitfor\s{1,4}time\s|\bcreate\s{1,4}(?:or\s{1,4}replace\s{1,4})?(?:aggregate\s{1,4})?(?:function|procedure)\s{1,4}\S{1,40}\s{0,4}(?:\(|returns\b)/i,
  // Behind a quote that closes: not, between, a pattern. Before anything else: signs, and a verb.
  /['"`]\s{0,4}(?:is\s{1,4}not\s{1,4}null\b|not\s{1,4}(?:like|between|regexp|rlike|glob)\b|(?:like|regexp|rlike|glob)\s{0,4}['(@~]|between\s{1,4}['\d])|^[\W\d]{0,8}['"`);-]{1,4}[\W\d]{0,8}(?:alter|union|drop|having|procedure)\b|,\s{0,4}\(\s{0,4}select\b/i,
  // A comment in place of a blank, behind a word of statements; comparisons and conditions that are cut off.
  /\b(?:select|drop|union|insert|delete|update|alter|and|x?or|from|where|exec|having|order)\s?\/\*[^*]{0,60}\*\/|\b(?:like|rlike|regexp)\s{1,4}['"`]%?\s{0,4}$|\b(?:x?or|and)\s{1,4}\d{1,9}\s{0,4}(?:#|--)\s{0,4}$/i,
  // Operators between quotes; variables and names as only MySQL writes them.
  /\bset\s{1,4}@\w|\bfrom\s{1,4}`\w|^\s{0,4}"[-&^*+|=]{1,2}"\s{0,4}$|['"]\s{0,4}x?or\s{1,4}(?:''|"")\s{0,4}['"&^*+-]|^\s{0,4}(?:x?or|and)\s{1,4}(?:true|false)\s{0,4}(?:--|#)/i,
  // Procedures that reach out of the database.
  /\b(?:xp_(?:cmdshell|dirtree|fileexist|subdirs|reg\w{2,20}|enum\w{2,20}|availablemedia|servicecontrol|loginconfig|makecab|ntsec\w{0,20}|terminate\w{0,20}|execresultset)|sp_(?:executesql|oacreate|oamethod|makewebtask|addextendedproc|execute_external_script|password|start_job)|openrowset|opendatasource|msdasql|sqloledb|utl_(?:http|inaddr|smtp|file)|dbms_(?:java|ldap|xmlgen|scheduler))\b/i,
  // A call that is left open behind a blank; conditions and limits that are put behind a table; hints for an optimiser.
  /^[\w.]{1,40}\s{0,4}\(\s{0,4}$|\bwhere\s{1,4}[\w.]{1,40}\s{0,4}(?:=|<>|!=|like\s|in\s?\(|is\s{1,4}(?:not\s{1,4})?null\b)|\binto\s{1,4}@\w|\blimit\s{1,4}\d{1,9}\s{0,4},\s{0,4}\d{1,9}\s{1,4}(?:into|procedure|union)\b|\bfrom\s{1,4}\w{1,40}\s{1,4}limit\s{1,4}\d|\/\*\+\s{0,4}\w/i,
  // Operators that only databases have, between numbers; casts; a call that a number or a quote is joined to.
  /^\s{0,4}-?\d{1,12}\)?\s{1,4}(?:div|mod|rlike|regexp|glob|sounds\s{1,4}like)\s{1,4}[-'"(\d]|\w::(?:jsonb?|regclass|bytea|varchar|int[248])\b|\w\s{0,2}(?:@>|<@)\s{0,2}['"]|["'`\d]\s{0,4}(?:x?or|n?and|div|\|\||&&)\s{1,4}(?:not\s{1,4})?\w{1,40}\(|\bnot\s{1,4}(?:regexp|sounds\s{1,4}like)\b/i,
  // A quote that is closed, and a number with a comment, an operator or a comparison.
  /["'`]\s{0,4}\d{1,9}\s{0,4}(?:--|#)|["'`]\s{0,4}[%&<>^=|*]{1,4}\s{0,4}\d{1,9}\s{0,4}(?:=|(?:x?or|div|like|between|and)\b)|["'`]\s{0,4}is\s{1,4}(?:not\s{1,4})?\d|\^\s{0,4}["'`]|["'`]\s{0,4}\*\s{0,4}(?:from\b|\d)|["'`]\W{1,6}\w{1,30}\s{0,4}=\s{0,4}\d{1,9}\W{1,4}["'`]|'\w{0,40}'\s{0,4},\s{0,4}(?:0x[\da-f]|\()/i,
  // A statement behind the end of another one, of any verb, behind a number, a quote or a bracket.
  /["'`)\d]\s{0,4};\s{0,4}(?:select|create|rename|truncate|load|alter|delete|update|insert|desc|describe|merge|replace|grant|revoke|call|exec(?:ute)?|declare|set|use|drop|copy|attach|pragma|vacuum|kill|shutdown)\b\s{0,4}[\w@[(*"`-]|\bexists\s{0,4}\(\s{0,4}select\b|\blike\W{0,4}char\s?\(|\bcreate\s{1,4}table\s{1,4}(?:if\s{1,4}not\s{1,4}exists\s{1,4})?\w{1,40}\s{0,4}\(|\border\s{1,4}by\s{1,4}(?:if|case|\(|\w{1,40}\()/i,
  // Signs before an operand that only statements have; the end of a list and a comment; rows that are locked.
  /["'`)\d]\s{0,4}(?:x?or\b|and\b|\|\||&&)\s{0,4}[~!][~!+-]{0,2}\s{0,4}[\d(@]|^[\d,'"\s]{1,20}\){1,4}\s{0,4};?\s{0,4}(?:--|#|\/\*)|^\s{0,4}"\w{1,40}"\s{0,4}(?:=|<>|!=|<=>)\s{0,4}"\w{0,40}$|\bprocedure\s{1,4}analyse\b|["'`)\d]\s{1,4}for\s{1,4}update\b|\block\s{1,4}in\s{1,4}share\s{1,4}mode\b|\breturning\s{1,4}(?:\*|\w{1,40})\s{0,4}(?:--|#)|["'`\d]\s{0,4};\s{0,4}begin\s{1,4}(?:tran|declare|work)/i,
  // What goes on behind the name of a column: name, (select, name; select, name desc, (case.
  /^\W{0,2}\w{1,40}\s{0,4}(?:asc|desc)?\s{0,4}(?:,\s{0,4}\(?\s{0,4}(?:case\s{1,4}when|select)\b|;\s{0,4}(?:select|update|delete|insert|drop)\s{1,4}(?:\d|\*|\w{1,40}\s{0,4}(?:$|;|--)))/i,
  // A quote that is closed with what else was open, and nothing of a name behind it: ":60, ";}7; one that a comment ends.
  /^\s{0,4}["'`]\s?[:;,})\]]{1,6}\s?\w{0,10}$|^\s{0,4}["'`][^"'`]{0,80}(?:--\s?[+-]?|[\s)=]#|\/\*|;%00)\s{0,4}$|^[a-z]\w{1,20}\s{1,4}["'`]\s{0,4}$/i,
  // A condition that only a number is left of; brackets that a call had, and bits; calls of arithmetic.
  /^\s{0,4}x?or\s{1,4}["'(]?\d{1,9}\W{0,3}$|\){2,8}\s{0,4},\s{0,4}0x[\da-f]{4}|(?:^|[\s(,=])(?:div|mod|power|sign|atan2?|acos|asin|degrees|radians|greatest)\s{0,2}\(\s{0,2}-?\d{1,12}\s{0,2}[,)]/i,
  // Words that are whole again once a filter took the inner one away.
  /u(?:union(?:nion)|nunionion|niunionon|niounionn)|s(?:select(?:elect)|eselectlect|elselectect|eleselectct|elecselectt)/i,
  // Statements of single databases, behind the end of another one.
  /;\s{0,4}(?:vacuum\s{1,4}into\b|attach\s{1,4}(?:database\s{1,4})?['"]|copy\s{1,4}\S{1,60}\s{1,4}(?:to|from)\b|backup\s{1,4}(?:database|log)\b|restore\s{1,4}database\b|rename\s{1,4}table\b|lock\s{1,4}tables?\s|prepare\s{1,4}\w{1,40}\s{1,4}from\b|flush\s{1,4}(?:privileges|tables|logs)\b|kill\s{1,4}(?:query\s{1,4}|connection\s{1,4})?\d|dbcc\s|reconfigure\b)/i,
];

/** A quote, and a word that joins conditions: what follows goes on with the statement, when the quote has no other. */
const joinsBehindQuote =
  /^\s{0,4}["'`][)\s]{0,8}(?:x?or\b|and\b|&&|\|\||like\b|glob\b|having\b|between\b|div\b)\s{0,8}\S/i;

/** Five words and nothing else are a quotation that was cut. */
const sentence = /^\s{0,4}["'`](?:[a-z]{1,20}[\s,.]{1,2}){4}[a-z]/i;

const signedFragments = new SignedPatterns(sqlFragments);

/** Whether a value holds a part of a statement, or goes on behind a quote that it closes. */
export function holdsSqlFragment(text: string): boolean {
  if (signedFragments.test(text)) return true;
  if (!joinsBehindQuote.test(text) || sentence.test(text)) return false;
  const quote = text.trimStart().charAt(0);
  return text.split(quote).length % 2 === 0;
}
