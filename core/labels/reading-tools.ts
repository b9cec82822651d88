import type { CallLabel } from "../policy/flow-labels.ts";
import {
  destroyVerbs,
  homeNouns,
  openPlaces,
  privateNouns,
  publicNouns,
  pureVerbs,
  queryWords,
  runVerbs,
  sendNouns,
  untrustedNouns,
  webNouns,
  webVerbs,
  writeVerbs,
} from "./lexicon.ts";
import type { ReadDefinition } from "./read-definition.ts";
import { isUnclear, sends } from "./sending-tools.ts";
import {
  actsInBrowser,
  firstVerb,
  hasAny,
  isPure,
  isReading,
  namesRepository,
  readingWords,
  takesUrl,
} from "./tool-traits.ts";

/** What an agent learns by a call. What is not read from where everybody reads is somebody's own, also where others write to it. */
export function readsOf(tool: ReadDefinition): CallLabel[] {
  const { words, upstreamWords, description, hints } = tool;
  if (!brings(tool)) return [];
  const names = [...words, ...upstreamWords];
  const isUntrusted =
    hasAny(names, untrustedNouns) ||
    isAboutWeb(words) ||
    hints.openWorld ||
    isUnclear(tool) ||
    saysNothing(tool) ||
    isOfStrangers(tool) ||
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

/** What is fetched from an address, scraped, or kept in a repository where others propose things. */
function isOfStrangers(tool: ReadDefinition): boolean {
  return takesUrl(tool) || namesRepository(tool) || hasAny(tool.words, webVerbs);
}

/** Neither what is done nor with what: "holdings". */
function saysNothing({ words, description }: ReadDefinition): boolean {
  const isKnown = [privateNouns, publicNouns, queryWords, homeNouns].some((it) =>
    hasAny(words, it),
  );
  return firstVerb(words) === undefined && !isKnown && !privateWords.test(description);
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
  /\b(?:web ?pages?|web ?sites?|the (?:web|internet)|web search|search engine|online|e-?mails?|inbox|issue tracker|pull requests?|tickets?|comments?|tweets?|chat|slack|discord|news|articles?|social media|reviews?|forum|wrote|posted|seller|agenda|submissions?|submitted|visitors?|applicants?|customers? (?:wrote|requests?)|(?:customer|user|guest)s? feedback|incoming|inbound|received|attachments?|merge requests?|archived|callers?|uploaded|survey|testimonials?)\b/i;

const privateWords =
  /\b(?:files?|director(?:y|ies)|folders?|databases?|sql|tables?|rows?|records?|customers?|employees?|patients?|contacts?|calendars?|credentials?|secrets?|passwords?|accounts?|transactions?|payments?|invoices?|orders?|documents?|private|personal|confidential|internal)\b/i;

/** Whether the answer is more than that something was done. */
function brings(tool: ReadDefinition): boolean {
  const { words, parameters, description } = tool;
  if (isReading(words) || takesUrl(tool) || actsInBrowser(words)) return true;
  if (isPure(words)) return false;
  if (hasAny(words, queryWords) || runVerbs.has(firstVerb(words) ?? "")) return true;
  if (parameters.some(({ words: name }) => name.includes("sql"))) return true;
  if (namesWhatOthersWrote(words) || isUnclear(tool)) return true;
  if (sends(tool)) return false;
  // "account_balance" names what it brings: without any verb that says otherwise it reads.
  const acts = hasAny(words, writeVerbs) || hasAny(words, destroyVerbs) || hasAny(words, pureVerbs);
  return !acts || readingWords.test(description);
}

/** "x_mentions": no verb says what is done with it. */
function namesWhatOthersWrote(words: readonly string[]): boolean {
  return (
    firstVerb(words) === undefined && hasAny(words, untrustedNouns) && !hasAny(words, sendNouns)
  );
}
