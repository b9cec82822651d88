import type { NetworkName } from "../../../core/policy/compiled-policy.ts";
import type {
  ArgumentKindName,
  ArgumentScanSettings,
} from "../../../core/policy/compiled-scanning.ts";
import { documentParts } from "./document-parts.ts";
import { decodedId } from "./encoded-id.ts";
import { leadsToProgram } from "./inclusion-rules.ts";
import type { NameTraits } from "./name-traits.ts";
import { findPathProblems } from "./path-problems.ts";
import { payloadRules } from "./payload-rules.ts";
import { formsOf } from "./read-forms.ts";
import { mayMatch, requiredSigns, signsIn } from "./required-signs.ts";
import { findShellProblems } from "./shell-command.ts";
import { findsShellInjection } from "./shell-injection.ts";
import { beginsWithCommand } from "./shell-starts.ts";
import { mayCloseQuote, runningIn } from "./short-texts.ts";
import { findsSqlInjection } from "./sql-injection.ts";
import { findSqlProblems } from "./sql-statement.ts";
import { findUrlProblems } from "./url-problems.ts";

/** Without one of these a value cannot leave the place it is put into. */
const special =
  /[^\p{L}\p{N} _.,@+-]|\+A[DC]|\.\.|--|^\s*[\w.-]+\s+[-+]|\w\.\w+\.\w|rO0AB|KztAAU|Cs7QAF|aced|gASV|__proto__|__js_function|__(?:define|lookup)[GS]etter|constructor|^(?:yv66vg|BAh|gA[I-V])/u;
/** Names and words that are enough by themselves. */
const specialWords =
  /transformer|closure|factory|\bjava\.|^\s*(?:if|for|nohup|strace|ltrace|setsid|sudo|doas|stdbuf|unshare|time|perf|ansible|chef|alias|netsh|sleep|reg|wmic|schtasks|rundll32|regsvr32|certutil|bitsadmin|mshta|powershell|pwsh|cmd|cscript|wscript)[\s-]|^\s*net1?\s+\w+\s*$/i;

/** Nobody pads a value but to get past somebody, or to make them wait. */
const longBlank = /\s{4}/;
const longBlanks = /(\s)\s{3,}/g;

/** A date with its time (RFC 3339): the one value with other signs than names have that nearly every tool is given. */
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?$/;

const beyondNames: ReadonlySet<string> = new Set([
  "xml",
  "header",
  "template",
  "java",
  "deserialization",
  "script",
]);

const beyondPaths: ReadonlySet<string> = new Set([...beyondNames, "html"]);

const inclusions: ReadonlySet<string> = new Set(["inclusion"]);

const programs: ReadonlySet<string> = new Set(["java", "deserialization", "script", "template"]);

/** The rules, such as "injection.sql", that a value of this kind breaks. `reach`: how far inside its tool says it leads. */
export function findInjections(
  value: string,
  kind: ArgumentKindName,
  settings: ArgumentScanSettings,
  reach: NetworkName = "public",
): readonly string[] {
  if (kind === "id" && moment.test(value)) return [];
  const forms = kind === "id" ? idFormsOf(value) : formsOf(value, kind);
  const found = findInForm(value, kind, settings, reach);
  if (forms.length === 1) return found;
  const hidden = forms.slice(1).flatMap((form) =>
    // An address is decoded part by part, by whoever fetches it: the whole is read only where it is none yet.
    kind === "url" && /^[a-z][a-z0-9+.-]*:/i.test(value)
      ? findPayloads(form, beyondNames)
      : findInForm(form, kind, settings, reach),
  );
  return [...new Set([...found, ...hidden])];
}

/** What nothing is told of is seldom longer, unless it is prose or data. */
const longestUnnamed = 512;
/** Most such values: nobody leaves anything by a word or a number. */
const oneWord = /^(?:[A-Za-z]{0,10}|[\d.]{1,40})$/;
/** Beyond these signs of names, numbers, ways and times a value may leave its place by any of {@link mayLeave}, */
const sign = /[^\w\s.,:@+/-]/;
/** without them by these alone. */
const leavesWithoutSign =
  /--|__|\/\.\.|\.\.\/|\r|^\s{0,4}[/@+-]|^[\w.]{2,16}:[/\w]|\dunion|\d\s{1,4}(?:or|and|union|order)\s|rO0AB|aced|gASV|constructor/i;
/** Without one of these such a value stays what it is: signs that begin, join or end what a payload leaves by. */
const mayLeave =
  /[`|\\\r\uff07\uff1c]|[^"';]["'][^"']{0,200}["'=|;&<>()#*,-]|^\s{0,4}["'(/~;&={@!+*\]-]|^[\w.]{2,16}:[/\\\w]|[(,]\s{0,4}(?:select|SELECT)\b|\dunion|;\s{0,4}[\w$({/."'-]|&(?:&|[a-z#]|\s[a-z./$%(])|\S&\S|<[A-Za-z/?!%(<#]|>{1,2}\s?[/.&]|\$[a-z({'"$_]|[#*@~%!]\{|\{[{%\w]|\w\(|\)\s?\(|[(*][|&)]|%u?[\da-fA-F]{2}|\.\.\/|\/\.\.|__|--|#\s?$|\d\s{0,4}[=<>]\s{0,4}\d|\d\s{1,4}(?:or|OR|and|AND|union|UNION|order|ORDER)\s|rO0AB|aced|gASV|!!|\b[aOC]:\d|constructor/;
/** Times that repeat (RFC 5545): FREQ=WEEKLY;BYDAY=MO. */
const recurrence = /^(?:[A-Z]{2,12}:)?(?:[A-Z]{2,12}=[\w,+:-]{1,80}(?:;|$)){1,12}$/;

/**
 * The rules that a value breaks of which neither schema nor name nor policy tells what it is: mostly a name, a place or a mode,
 * seldom a file, a command or a piece of code. What these hold by themselves does not count.
 */
export function findInUnnamed(value: string): readonly string[] {
  if (oneWord.test(value) || moment.test(value) || value.length > longestUnnamed) return [];
  if (!(sign.test(value) ? mayLeave : leavesWithoutSign).test(value)) return [];
  if (recurrence.test(value)) return [];
  // Lines are those of a text, but where somebody ends them as protocols do.
  if (value.includes("\n") && !value.includes("\r")) return [];
  return [...new Set(idFormsOf(value).flatMap(findInUnnamedForm))];
}

/** What a title or the value of a field holds that runs where it is shown, or goes on in a query. */
export function findInShortText(traits: NameTraits, value: string): readonly string[] {
  const found = runningIn(traits, value).map((rule) => `injection.${rule}`);
  if (!mayCloseQuote(value)) return found;
  return [...new Set([...found, ...sqlIn(value), ...findPayloads(value, queries)])];
}

const queries: ReadonlySet<string> = new Set(["xpath", "ldap", "operator"]);

function findInUnnamedForm(value: string): readonly string[] {
  const found = [...findPayloads(value), ...sqlIn(value)];
  if (!beginsWithCommand(value) && findsShellInjection(value)) found.push("injection.shell");
  const ways = findPathProblems(value, []).filter((problem) => leavesPlace(problem, value));
  return [...found, ...named("path", ways)];
}

/** One step up is a sibling; a file is meant where the value begins as one. */
function leavesPlace(problem: string, value: string): boolean {
  switch (problem) {
    case "traversal":
      return !/^\.\.\/(?!.*\.\.)/.test(value) && value !== "..";
    case "sensitive-file":
      return /^(?:[/\\~.%]|[A-Za-z]:[/\\])/.test(value);
    case "network-share":
      return /^[/\\]{2}[\w-]{1,60}\.[\w.-]{1,60}[/\\]/.test(value);
    default:
      return problem === "nul";
  }
}

/** A document is read as a whole and in its parts. */
function idFormsOf(value: string): readonly string[] {
  const forms = formsOf(value, "id");
  const parts = forms.flatMap(documentParts);
  return parts.length === 0 ? forms : [...new Set([...forms, ...parts])];
}

/** Cursors and keys are often encoded: only what programs are made of counts in them. */
function findEncoded(value: string): readonly string[] {
  const decoded = decodedId(value);
  return decoded === undefined ? [] : findPayloads(decoded, programs);
}

function findInForm(
  value: string,
  kind: ArgumentKindName,
  settings: ArgumentScanSettings,
  reach: NetworkName,
): readonly string[] {
  switch (kind) {
    case "id":
      return findInId(value, reach);
    case "path":
      // Many tools take a page where they take a file.
      if (/^https?:/i.test(value) && settings.pathRoots.length === 0) {
        const remote = leadsToProgram(value)
          ? ["injection.inclusion"]
          : findPayloads(value, inclusions);
        return [...remote, ...findInForm(value, "url", settings, reach)];
      }
      return [
        ...named("path", findPathProblems(value, settings.pathRoots).filter(isNoLogAt(value))),
        ...(special.test(value) ? findInPath(value) : []),
      ];
    case "url":
      return [
        ...named("url", findUrlProblems(value, settings.urlHosts, reach)),
        ...findPayloads(value, /<\s?[a-z!/]/i.test(value) ? beyondPaths : beyondNames),
      ];
    case "sql":
      return named("sql", findSqlProblems(value, settings.sqlVerbs));
    case "shell":
      return named("shell", findShellProblems(value, settings.shellCommands));
    default:
      return [];
  }
}

const fetched = /^\s{0,4}(?:https?|ftps?|file|gopher|dict|jar|netdoc|ldaps?):\/\//i;

function findInId(value: string, reach: NetworkName): readonly string[] {
  if (!special.test(value) && !specialWords.test(value))
    return [...sqlIn(value), ...findEncoded(value)];
  // Whatever it is called: what has a scheme is fetched.
  return fetched.test(value)
    ? [...findInName(value), ...findAddress(value, reach)]
    : findInName(value);
}

function findAddress(value: string, reach: NetworkName): readonly string[] {
  const problems = findUrlProblems(value, [], reach);
  return named(
    "url",
    problems.filter((it) => it !== "hidden-host" && it !== "traversal"),
  );
}

function findInName(value: string): readonly string[] {
  const found = [...findPayloads(value), ...findEncoded(value)];
  if (findsSqlInjection(value)) found.push("injection.sql");
  if (findsShellInjection(value)) found.push("injection.shell");
  const ways = findPathProblems(value, []).filter((it) => it !== "device" && it !== "stream");
  return [...found, ...named("path", ways)];
}

function findInPath(value: string): readonly string[] {
  // Names of files have no brackets, but those that a page is to be made of; most else of pages may be a name.
  const found = [...findPayloads(value, /<\s?[a-z!/]/i.test(value) ? beyondPaths : beyondNames)];
  if (/[;|&`$\n<>]/.test(value) && findsShellInjection(value)) found.push("injection.shell");
  return found;
}

function sqlIn(value: string): readonly string[] {
  return findsSqlInjection(value) ? ["injection.sql"] : [];
}

function findPayloads(padded: string, only?: ReadonlySet<string>): readonly string[] {
  const value = longBlank.test(padded) ? padded.replaceAll(longBlanks, "$1") : padded;
  const present = signsIn(value);
  const found: string[] = [];
  for (const { id, patterns } of signedRules) {
    if (only && !only.has(id)) continue;
    if (patterns.some(({ it, required }) => mayMatch(required, present) && it.test(value))) {
      found.push(`injection.${id}`);
    }
  }
  return found;
}

/** Each pattern with the signs that it needs: names, paths and addresses have few, so most patterns are never asked. */
const signedRules = payloadRules.map(({ id, patterns }) => ({
  id,
  patterns: patterns.map((it) => ({ it, required: requiredSigns(it) })),
}));

function named(kind: string, problems: readonly string[]): readonly string[] {
  return problems.map((problem) => `injection.${kind}.${problem}`);
}

/** Who is asked for a path may read what a web server logs. In an id it is a way to have it run. */
const webLog = /^\/var\/log\/(?:apache2?|httpd|nginx)\/[\w.-]+$/;
const isNoLogAt = (path: string) => (problem: string) =>
  problem !== "sensitive-file" || !webLog.test(path);
