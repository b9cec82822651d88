import type { Span } from "./confirmers.ts";

/** An address, and whether it is fetched as soon as it is shown. Of a reference of Markdown only pictures that name it are. */
export interface LinkPlace extends Span {
  readonly fetched: "always" | "never" | "as reference";
}

const longestText = 200;
const longestName = 100;
const longestTag = 300;
const longestBlank = 4;
const leastAddress = 4;
const longestAddress = 4_096;

/** What a character is here, as bits: those that end an address, by where it stands, and white space. */
const blank = 1;
const endsMarkdown = 2;
const endsMarkup = 4;
const endsStyle = 8;
const kindOf = new Uint8Array(65_536).map((_, code) =>
  /\s/.test(String.fromCharCode(code)) ? blank | endsMarkdown | endsMarkup | endsStyle : 0,
);
for (const it of ")>") mark(it, endsMarkdown);
for (const it of "\"'<>") mark(it, endsMarkup);
for (const it of "\"')") mark(it, endsStyle);

function mark(character: string, bits: number): void {
  const code = character.charCodeAt(0);
  kindOf[code] = (kindOf[code] as number) | bits;
}

/** In lower case. */
const tags = /^<(img|iframe|video|audio|source|link|embed|object|a|area)\b/i;
const followed = /^<(?:a|area)\b/i;
const attribute = /(?:src|href|data|srcset|poster)\s?=\s?["']?$/i;
const longestAttribute = 12;
/** What may stand before an address, or before the blanks and the sign in front of it. */
const leads = new Set([..."(<\"'=:"].map((it) => it.charCodeAt(0)));

/**
 * Each address in a link or picture of Markdown, HTML or styles, in order. Addresses are looked for by their slashes, and only around
 * those for what makes them links.
 */
export function* linkPlaces(text: string): Generator<LinkPlace> {
  let lastEnd = 0;
  let slashes = text.indexOf("//");
  while (slashes >= 0) {
    const start = schemeBefore(text, slashes);
    const lead = start > lastEnd ? leadBefore(text, start) : undefined;
    const end = lead ? endOfAddress(text, slashes + 2, lead.ends) : 0;
    if (lead && end > 0) {
      yield { start, end, fetched: lead.fetched };
      lastEnd = end;
    }
    slashes = text.indexOf("//", Math.max(slashes + 1, end));
  }
}

function schemeBefore(text: string, slashes: number): number {
  if (text.charCodeAt(slashes - 1) !== 0x3a) return slashes;
  const scheme = text.slice(Math.max(0, slashes - 6), slashes).toLowerCase();
  if (scheme === "https:") return slashes - 6;
  return scheme.endsWith("http:") ? slashes - 5 : slashes;
}

/** Behind the last character, or 0 where it is too short for an address. A longer one is read as far as it may go. */
function endOfAddress(text: string, from: number, ends: number): number {
  const most = Math.min(text.length, from + longestAddress);
  let end = from;
  while (end < most && ((kindOf[text.charCodeAt(end)] as number) & ends) === 0) end += 1;
  return end - from < leastAddress ? 0 : end;
}

interface Lead {
  readonly fetched: LinkPlace["fetched"];
  readonly ends: number;
}

function leadBefore(text: string, start: number): Lead | undefined {
  const last = text.charCodeAt(start - 1);
  if (!leads.has(last) && !isBlank(text, start - 1)) return undefined;
  const before = blanksBefore(text, text[start - 1] === "<" ? start - 1 : start);
  const sign = text[before - 1];
  if (sign === "(" && text[before - 2] === "]") return inMarkdown(text, before - 2);
  if (sign === ":" && text[before - 2] === "]" && text[start - 1] !== "<") {
    return inReference(text, before - 2);
  }
  return inStyle(text, start) ?? inMarkup(text, start);
}

/** Where the blanks begin that stand before, no more than there may be. */
function blanksBefore(text: string, end: number): number {
  let start = end;
  while (end - start < longestBlank && isBlank(text, start - 1)) start -= 1;
  return start;
}

function isBlank(text: string, at: number): boolean {
  return at >= 0 && ((kindOf[text.charCodeAt(at)] as number) & blank) !== 0;
}

/** A picture in the text of a link is a picture. */
function inMarkdown(text: string, bracket: number): Lead | undefined {
  const least = Math.max(0, bracket - 1 - longestText);
  let first = -1;
  let isPicture = false;
  for (let at = bracket - 1; at >= least; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5d || code === 0x0a) break;
    if (code !== 0x5b) continue;
    if (first < 0) isPicture = text[at - 1] === "!";
    first = at;
  }
  if (first < 0) return undefined;
  const isFetched = isPicture || text[first - 1] === "!";
  return { fetched: isFetched ? "always" : "never", ends: endsMarkdown };
}

/** Its name stands where a line begins. */
function inReference(text: string, bracket: number): Lead | undefined {
  const least = Math.max(0, bracket - 1 - longestName);
  for (let at = bracket - 2; at >= least; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5d || code === 0x0a) return undefined;
    if (code === 0x5b && beginsLine(text, at)) return { fetched: "as reference", ends: blank };
  }
  return undefined;
}

function beginsLine(text: string, at: number): boolean {
  for (let start = at; at - start <= longestBlank; start -= 1) {
    if (start === 0 || text[start - 1] === "\n") return true;
    if (!isBlank(text, start - 1)) return false;
  }
  return false;
}

function inStyle(text: string, start: number): Lead | undefined {
  const before = blanksBefore(text, beforeQuote(text, start));
  if (text[before - 1] !== "(") return undefined;
  const isUrl = /(?:^|\W)url$/i.test(text.slice(Math.max(0, before - 5), before - 1));
  return isUrl ? { fetched: "always", ends: endsStyle } : undefined;
}

function beforeQuote(text: string, end: number): number {
  const quote = text[end - 1];
  return quote === '"' || quote === "'" ? end - 1 : end;
}

/** A quick look: most addresses stand in no tag. */
function isAssigned(text: string, at: number): boolean {
  return text[isBlank(text, at - 1) ? at - 2 : at - 1] === "=";
}

function inMarkup(text: string, start: number): Lead | undefined {
  if (!isAssigned(text, beforeQuote(text, start))) return undefined;
  const name = attribute.exec(text.slice(Math.max(0, start - longestAttribute), start));
  if (!name) return undefined;
  const end = start - name[0].length;
  const least = Math.max(0, end - longestTag);
  for (let at = end - 1; at >= least; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === 0x3e) return undefined;
    if (code !== 0x3c) continue;
    const tag = tags.exec(text.slice(at, at + 8));
    if (!tag) return undefined;
    const isFollowed = followed.test(tag[0]);
    return { fetched: isFollowed ? "never" : "always", ends: endsMarkup };
  }
  return undefined;
}
