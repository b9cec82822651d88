import { type CallLabel, callLabels } from "../policy/flow-labels.ts";
import {
  browserActs,
  browserNouns,
  destroyVerbs,
  hostNames,
  messageNames,
  networkVerbs,
  openPlaces,
  privateNouns,
  programNames,
  programVerbs,
  publicNouns,
  pureVerbs,
  queryWords,
  readVerbs,
  recipientNames,
  sendNouns,
  sendVerbs,
  sharedNouns,
  untrustedNouns,
  webNouns,
  writeVerbs,
} from "./lexicon.ts";
import { type ReadDefinition, readDefinition } from "./read-definition.ts";

/**
 * What a tool does, by what its definition says: a name such as "search_messages", parameters such as a URL or a recipient,
 * a description, and hints. The definition comes from a party that is not trusted, so everything in it only adds labels;
 * what reads and says nothing of what it reads is taken to read what is private.
 */
export function deriveLabels(
  listed: Readonly<Record<string, unknown>>,
  upstream: string,
): readonly CallLabel[] {
  const tool = readDefinition(listed, upstream);
  const found = new Set<CallLabel>();
  if (runsPrograms(tool)) return callLabels;
  if (sends(tool)) found.add("can-send");
  if (destroys(tool)) found.add("destructive");
  for (const label of readsOf(tool)) found.add(label);
  return callLabels.filter((label) => found.has(label));
}

/**
 * What is known of a tool that its upstream does not list: it may do anything.
 */
export const labelsOfUnlisted: readonly CallLabel[] = callLabels;

/** Resources are what a server keeps; those of the web are what others wrote, and reading one tells its host the address. */
export function labelsOfResource(uri: string): readonly CallLabel[] {
  if (webScheme.test(uri)) return ["reads-untrusted", "can-send"];
  return embeddedUrl.test(uri)
    ? ["reads-private", "reads-untrusted", "can-send"]
    : ["reads-private"];
}

const webScheme = /^(?:https?|wss?|s?ftps?|gopher|mailto|sms|tel):/i;
/** "fetch://https://…": some server's own word for the web. */
const embeddedUrl =
  /^(?:fetch|web|url|urls|browser|proxy|page|webpage|site|link):|https?(?::|%3a)(?:\/|%2f)/i;

/** Prompts are a server's own words, into which it may put what it keeps. */
export const labelsOfPrompt: readonly CallLabel[] = ["reads-private"];

/** Whoever runs programs can do everything. */
function runsPrograms({ words, parameters, description }: ReadDefinition): boolean {
  const takesProgram = parameters.some(({ words: name }) => programNames.has(name.at(-1) ?? ""));
  if (!takesProgram || hasAny(words, browserNouns)) return false;
  return (
    hasAny(words, programVerbs) ||
    /\b(?:shell|bash|terminal|operating system) (?:command|script)|\b(?:execut|run)\w* (?:\w+ ){0,3}(?:command|script|code)s?\b/i.test(
      description,
    )
  );
}

function sends(tool: ReadDefinition): boolean {
  const { words, hints } = tool;
  if (takesUrl(tool) || asksHost(tool) || isSendVerb(words) || actsInBrowser(words)) return true;
  if (isReading(words) || isPure(words)) return false;
  const isOpen = hints.openWorld && (hints.writes || hints.destructive);
  return isOpen || namesRecipient(tool) || publishes(tool) || sendingWords.test(tool.description);
}

/** A browser carries what is typed to the page. */
function actsInBrowser(words: readonly string[]): boolean {
  return hasAny(words, browserActs) && hasAny(words, browserNouns);
}

/** Creates something where outsiders read it. */
function publishes(tool: ReadDefinition): boolean {
  const puts = tool.words.some((word) => writeVerbs.has(word) && !destroyVerbs.has(word));
  if (!puts) return false;
  const inBucket = tool.parameters.some(({ words }) => words[0] === "bucket");
  return hasAny(tool.words, sharedNouns) || namesRepository(tool) || inBucket;
}

function hasAny(words: readonly string[], set: ReadonlySet<string>): boolean {
  return words.some((word) => set.has(word));
}

const sendingWords =
  /^\W*(?:this tool |allows you to |used? to )?(?:sends?|posts?|publish(?:es)?|uploads?|e-?mails?|shares?|forwards?|submits?|tweets?|notif(?:y|ies)|repl(?:y|ies))\b/i;

/** "send_email" and "email_user", but neither "get_email" nor "verify_email". */
function isSendVerb(words: readonly string[]): boolean {
  const first = firstVerb(words);
  if (first !== undefined) return sendVerbs.has(first);
  return hasAny(words, sendNouns) && !hasAny(words, pureVerbs);
}

function namesRepository({ parameters }: ReadDefinition): boolean {
  const names = new Set(parameters.map(({ name }) => name));
  return names.has("owner") && (names.has("repo") || names.has("repository"));
}

function takesUrl({ parameters }: ReadDefinition): boolean {
  return parameters.some(
    ({ words, format, description }) =>
      /^(?:uri|url|iri)$/.test(format) ||
      /^(?:url|urls|href|webhook|website|homepage|hyperlink|weburl)$/.test(words.at(-1) ?? "") ||
      /^(?:the |a |an |target |full |website |web page )*url\b/i.test(description),
  );
}

/** A name server, or whoever is asked, learns the name. */
function asksHost({ words, parameters }: ReadDefinition): boolean {
  const takesHost = parameters.some(({ words: name }) => hostNames.has(name.at(-1) ?? ""));
  return takesHost && hasAny(words, networkVerbs);
}

function namesRecipient({ parameters }: ReadDefinition): boolean {
  const isNamed = parameters.some(
    ({ name, words, format }) =>
      recipientNames.has(name) || recipientNames.has(words[0] ?? "") || format === "email",
  );
  const says = parameters.some(({ words }) => messageNames.has(words.at(-1) ?? ""));
  return isNamed && says;
}

function destroys(tool: ReadDefinition): boolean {
  const { words, hints, parameters } = tool;
  return (
    hints.destructive ||
    changesRows(tool) ||
    (hasAny(words, destroyVerbs) && !isReading(words)) ||
    parameters.some(({ words: name }) => name.includes("sql"))
  );
}

/** "execute_sql" and "write_query" do what they are told. */
function changesRows({ words, description }: ReadDefinition): boolean {
  if (!hasAny(words, queryWords)) return false;
  const acts = words.includes("sql") && hasAny(words, writeVerbs);
  return acts || words.includes("write") || /\b(?:INSERT|UPDATE|DELETE|DROP)\b/.test(description);
}

/** What an agent learns by a call. What is not read from where everybody reads is somebody's own, also where others write to it. */
function readsOf(tool: ReadDefinition): CallLabel[] {
  const { words, upstreamWords, description, hints } = tool;
  if (!brings(tool)) return [];
  const names = [...words, ...upstreamWords];
  const isUntrusted =
    hasAny(names, untrustedNouns) ||
    isAboutWeb(words) ||
    hints.openWorld ||
    takesUrl(tool) ||
    untrustedWords.test(description);
  const isNamedPrivate = hasAny(words, privateNouns) || hasAny(names, mailNouns);
  const saysPrivate = !isUntrusted && privateWords.test(description);
  const isPublic = hasAny(words, publicNouns) || isOpenToAll(tool);
  const isPrivate = isNamedPrivate || saysPrivate || !isPublic;
  return [
    ...(isPrivate ? (["reads-private"] as const) : []),
    ...(isUntrusted ? (["reads-untrusted"] as const) : []),
  ];
}

/** Reads what anybody may read: the web, rather than a page, an issue or a message of one's own. */
function isOpenToAll(tool: ReadDefinition): boolean {
  const { words, upstreamWords, description } = tool;
  if (takesUrl(tool) || namesRepository(tool) || hasAny(words, openPlaces)) return true;
  if (isAboutWeb(words)) return true;
  const names = [...words, ...upstreamWords];
  if (hasAny(words, untrustedNouns)) return names.includes("github");
  return hasAny(upstreamWords, openPlaces) || openWords.test(description);
}

/** "web_search" and "get_video", but not "list_web_rules": there it says what the rules are for. */
function isAboutWeb(words: readonly string[]): boolean {
  return webNouns.has(words.at(-1) ?? "") || (hasAny(words, webNouns) && words.includes("search"));
}

const openWords =
  /\b(?:web ?pages?|web ?sites?|the (?:web|internet)|web search|search engine|online|tweets?|news|articles?|social media|reviews?|forum)\b/i;

const mailNouns: ReadonlySet<string> = new Set([
  "mail",
  "email",
  "gmail",
  "outlook",
  "inbox",
  "imap",
]);

const untrustedWords =
  /\b(?:web ?pages?|web ?sites?|the (?:web|internet)|web search|search engine|online|e-?mails?|inbox|issue tracker|pull requests?|tickets?|comments?|tweets?|chat|slack|discord|news|articles?|social media|reviews?|forum)\b/i;

const privateWords =
  /\b(?:files?|director(?:y|ies)|folders?|databases?|sql|tables?|rows?|records?|customers?|employees?|patients?|contacts?|calendars?|credentials?|secrets?|passwords?|accounts?|transactions?|payments?|invoices?|orders?|documents?|private|personal|confidential|internal)\b/i;

/** Whether the answer is more than that something was done. */
function brings(tool: ReadDefinition): boolean {
  const { words, parameters, description } = tool;
  if (isReading(words) || takesUrl(tool) || actsInBrowser(words)) return true;
  if (isPure(words)) return false;
  if (hasAny(words, queryWords)) return true;
  if (parameters.some(({ words: name }) => name.includes("sql"))) return true;
  if (sends(tool)) return false;
  // "account_balance" names what it brings: without any verb that says otherwise it reads.
  const acts = hasAny(words, writeVerbs) || hasAny(words, destroyVerbs) || hasAny(words, pureVerbs);
  return !acts || readingWords.test(description);
}

/** Works something out of what it is given. */
function isPure([first = "", ...others]: readonly string[]): boolean {
  return pureVerbs.has(first) && others.length <= 1;
}

const readingWords =
  /^\W*(?:this tool |allows you to |used? to )?(?:reads?|gets?|lists?|search(?:es)?|finds?|quer(?:y|ies)|fetch(?:es)?|returns?|retrieves?|shows?|looks? up|loads?|downloads?|exports?|browses?|scrapes?|crawls?)\b/i;

/** The first verb says what is done: "list_posts" reads, "post_list" does not. */
function isReading(words: readonly string[]): boolean {
  const first = firstVerb(words);
  return first !== undefined && readVerbs.has(first);
}

function firstVerb(words: readonly string[]): string | undefined {
  return words.find((word) => readVerbs.has(word) || writeVerbs.has(word) || sendVerbs.has(word));
}
