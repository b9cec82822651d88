import {
  destroyVerbs,
  homeNouns,
  hostNames,
  messageNames,
  networkVerbs,
  privateNouns,
  publicNouns,
  pureVerbs,
  queryWords,
  recipientNames,
  sendNouns,
  sendVerbs,
  sharedNouns,
  untrustedNouns,
  writeVerbs,
} from "./lexicon.ts";
import type { ReadDefinition } from "./read-definition.ts";
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

/** Whether a call can carry what it is given to others. */
export function sends(tool: ReadDefinition): boolean {
  const { words, hints } = tool;
  if (takesUrl(tool) || asksHost(tool) || isSendVerb(words) || actsInBrowser(words)) return true;
  if (isReading(words) || isPure(words)) return false;
  const isOpen = hints.openWorld && (hints.writes || hints.destructive);
  return (
    isOpen ||
    namesRecipient(tool) ||
    publishes(tool) ||
    sendingWords.test(tool.description) ||
    mayCarry(tool)
  );
}

/** Says neither what it does nor what it is about, and takes words: it may do anything. */
export function isUnclear(tool: ReadDefinition): boolean {
  const { words, description } = tool;
  const isClear = firstVerb(words) !== undefined || isPure(words) || namesRecipient(tool);
  return !isClear && !isSendVerb(words) && !sendingWords.test(description) && mayCarry(tool);
}

/** Creates something where outsiders read it. */
function publishes(tool: ReadDefinition): boolean {
  const puts = tool.words.some((word) => writeVerbs.has(word) && !destroyVerbs.has(word));
  if (!puts) return false;
  const inBucket = tool.parameters.some(({ words }) => words[0] === "bucket");
  return hasAny(tool.words, sharedNouns) || namesRepository(tool) || inBucket;
}

const sendingWords =
  /^\W*(?:this tool |allows you to |used? to )?(?:sends?|posts?(?! (?:on|of|from|by|about|that|with|in)\b)|publish(?:es)?|uploads?|e-?mails?|shares?|forwards?|submits?|tweets?|notif(?:y|ies)|repl(?:y|ies))\b/i;

/** "send_email" and "email_user", but neither "get_email" nor "verify_email". */
function isSendVerb(words: readonly string[]): boolean {
  const first = firstVerb(words);
  if (first !== undefined) return sendVerbs.has(first);
  return hasAny(words, sendNouns) && !hasAny(words, pureVerbs);
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

const handles =
  /^(?:id|ids|uuid|ref|page|limit|offset|cursor|date|time|timezone|from|until|since|start|end|format|sort|order|filter|language|unit|units|status|state|type|name|key)$/;

/** Takes words to a place that nobody knows to be one's own: it may be anybody's. */
function mayCarry({ words, parameters, description }: ReadDefinition): boolean {
  const first = firstVerb(words);
  if (destroyVerbs.has(first ?? "") || readingWords.test(description)) return false;
  if (hasAny(words, homeNouns) || hasAny(words, queryWords)) return false;
  if (hasAny(words, publicNouns) || isPure(words)) return false;
  // "account_balance" names what it brings.
  const brings = hasAny(words, privateNouns) || hasAny(words, untrustedNouns);
  if (first === undefined && brings) return false;
  return parameters.some((it) => it.takesWords && !handles.test(it.words.at(-1) ?? ""));
}
