import { isProgram, isProgramAndWord } from "./shell-programs.ts";

/** Where a command may begin: first, and behind what ends another one. Of brackets, those that no word stands in front of. */
const borders = /\\[nr](?=\/)|[;|&\n\r`]|(?<=^|[;|&(\n=$<>"'`]\s?)\(|\{/g;
const beginning = /^["']?(\\[nr])?/;
const maxStarts = 256;
/** What may stand between there and the program. */
const prefix =
  /\s{0,2}(?:(?:sudo|time|nohup|exec|command|env|builtin|then|do|else|\.)\s{1,2}|!\s?|[A-Za-z_]\w{0,40}=[^\s;|&]{0,64}\s{1,2}|[({]\s?|\\){0,4}/y;
const path = /[\w./+-]{1,160}/y;
/** What follows a program's name. */
const endOfName = /[\s;|&<>()"'`$/{},\\]|$/y;
/** What programs are given, and sentences do not go on with. */
const target =
  /\s{1,2}(?:-{1,2}[A-Za-z]|\+\w|\/[\w?*[]|\/\s-|\.{1,2}\/|~\/|\$[\w{(@]|[A-Za-z]:\\|["'`]|\d{1,3}\.\d{1,3}\.|https?:|\w{1,20}:\/\/|[\w-]{1,60}\.(?:sh|py|pl|php|txt|exe|bat|ps1)\b)/y;
const goesOn = /\s?(?:[;|<>]|&(?:&|\s?$))/y;
const optionOrFile = /\s{1,2}(?:-{1,2}[A-Za-z]|\/(?:etc|bin|usr|tmp|proc|dev|var)\/)/y;
const nothingMore = /\s?(?:$|[;|&\n]\s?$|#(?!\d))/y;

/** Names of programs that are names of products and pets: "Python & Docker" runs none. */
const brand =
  /(?<=[\w)+#]) [&|] (?:Apache|Bash|Cat|Curl|Docker|Echo|Emacs|Env|Git|Helm|Java|MySQL|Nano|Nginx|Node|Perl|PHP|Ping|Puppet|Python|Redis|Ruby|SSH|Tar|Vi|Vim|Yarn|Zip)(?=$|[,)]| [A-Za-z])/g;

/** Whether a program is named where a command begins, and followed as programs are. */
export function startsProgram(source: string): boolean {
  const isJoined = source.includes(" & ") || source.includes(" | ");
  const text = isJoined ? source.replaceAll(brand, " and") : source;
  return !isListOfWords(text) && (beginsWithProgram(text) || holdsProgram(text));
}

/** Whether a value is a command line itself, or the way to a program, instead of something else that one was put behind. */
export function beginsWithCommand(text: string): boolean {
  const [, written = ""] = /^ {0,4}([\w./@+-]{1,160})(?=\s|$)/.exec(text) ?? [];
  const name = written.slice(written.lastIndexOf("/") + 1);
  if (/^ {0,4}\.\/[\w./-]{1,80}\s/.test(text)) return true;
  if (/^ {0,4}(?:@\w{1,10}\s|\/)/.test(text) && !/[;|&`$<>\n]/.test(text)) return true;
  return isProgram(name) || isProgramAndWord(name);
}

function holdsProgram(text: string): boolean {
  let left = maxStarts;
  for (const { 0: border, index } of text.matchAll(borders)) {
    if (left === 0) return false;
    left -= 1;
    const command = commandAt(text, index + border.length);
    if (!command) continue;
    const runs =
      border === "{" ? isBraced(text, command, index) : isBehindBorder(text, command, border);
    if (runs) return true;
  }
  return false;
}

/** "Docker; Kubernetes", "cat; dog; bird": whatever the first is called, none of the others is a program. */
function isListOfWords(text: string): boolean {
  const words = text.slice(0, 201).split("; ");
  return (
    words.length > 1 &&
    text.length <= 200 &&
    words.every((word) => /^[\p{L}\d-]{1,40}$/u.test(word)) &&
    words.slice(1).every((word) => !isProgram(word) && !isProgramAndWord(word))
  );
}

function beginsWithProgram(text: string): boolean {
  const [whole = "", lineEnd = ""] = beginning.exec(text) ?? [];
  const first = commandAt(text, whole.length);
  if (!first) return false;
  return lineEnd === "" ? isCommand(text, first) : isBehindBorder(text, first, ";");
}

/** A word that may be a program. */
interface Command {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function commandAt(text: string, index: number): Command | undefined {
  prefix.lastIndex = index;
  prefix.test(text);
  path.lastIndex = prefix.lastIndex;
  const written = path.exec(text)?.[0];
  if (written === undefined) return undefined;
  // Windows needs no blank before an option: bcdboot/r.
  const [, joined = ""] = /^([\w-]{2,24})\/\w{1,2}$/.exec(written) ?? [];
  if (joined !== "" && isProgram(joined)) {
    return { name: joined, start: index, end: path.lastIndex - written.length + joined.length };
  }
  const name = written.slice(written.lastIndexOf("/") + 1);
  return { name, start: index, end: path.lastIndex };
}

/** The value is a command by itself. */
function isCommand(text: string, { name, end }: Command): boolean {
  if (isProgram(name)) return matchesAt(target, text, end) || matchesAt(goesOn, text, end);
  return isProgramAndWord(name) && matchesAt(optionOrFile, text, end);
}

function isBehindBorder(text: string, { name, start, end }: Command, border: string): boolean {
  if (isProgram(name)) return matchesAt(endOfName, text, end);
  if (!isProgramAndWord(name)) return false;
  if (matchesAt(target, text, end)) return true;
  return /[;|&]/.test(border) && !isAnd(text, start - 1) && matchesAt(nothingMore, text, end);
}

/** {ls,-la} or { ls; } */
function isBraced(text: string, { name, end }: Command, index: number): boolean {
  if (text[end] === ",") return isProgram(name) || isProgramAndWord(name);
  return text[index + 1] === " " && isProgram(name) && matchesAt(endOfName, text, end);
}

/** As in "cut & paste". */
function isAnd(text: string, index: number): boolean {
  return /^[\w)] & $/.test(text.slice(Math.max(0, index - 2), index + 2));
}

function matchesAt(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}
