import type { Span } from "./confirmers.ts";
import { entropyOf } from "./entropy.ts";
import { linkPlaces } from "./link-places.ts";
import { mayCarryData } from "./link-values.ts";
import type { ScanBudget } from "./scan-budget.ts";

/** The place where somebody is to put what they know. */
const placeholder =
  /(?:[?&#/=](?:%7B|\{|\[|<|%5B|\$\{|\{\{)[\w %.+-]{2,60}(?:%7D|\}|\]|>|%5D))|[=/](?:[A-Z]{3,}_){1,4}(?:DATA|CONTENT|HISTORY|KEY|SECRET|TOKEN|PASSWORD|VALUE|INFO|SUMMARY|HERE)\b|=(?:YOUR|THE|INSERT|PUT|ENCODED|BASE64)[_+-]/;
/** Values that a server made for itself: signatures, cache keys, campaigns. */
const ownValues =
  /^(?:x-amz-[\w-]+|x-goog-[\w-]+|signature|sig|sign|jwt|token|hash|policy|key-pair-id|expires|utm_\w+|v|ver|version|hmac|st|se|sp|sv|sr|etag|fbclid|gclid|logo|color|label|style|badge|branch|w|h|width|height|size|fit|auto|format|quality|crop|ixid|ixlib|cb|_)$/i;
/** An address or a path as a value: what proxies of images are asked for. What it carries itself is looked at as the rest is. */
const otherAddress = /^(?:(?:https?:)?\/{1,2})[^\s?=]{1,500}$/;
/** A picture as a value: badges have their signs so. */
const picture = /^data:image\/[\w.+-]{2,20}[;,]/;
/** Whose downloads, builds or pages are asked for: a name of words. */
const namesSubject = /^(?:package|pkg|repo|repository|project|module|slug)s?$/i;
const nameOfWords = /^@?[a-z\d]{1,24}(?:[-_./@][a-z\d]{1,24}){1,10}$/;
/** Places where nobody reads who else asked. */
const storage =
  /(?:^|\.)(?:githubusercontent\.com|github\.com|githubassets\.com|gitlab\.com|shields\.io|amazonaws\.com|cloudfront\.net|googleusercontent\.com|googleapis\.com|gstatic\.com|windows\.net|azureedge\.net|akamai\w*\.net|unsplash\.com|imgix\.net|wikimedia\.org|gravatar\.com|twimg\.com|fbcdn\.net|ytimg\.com|cdninstagram\.com|npmjs\.com|codecov\.io|travis-ci\.\w+|circleci\.com|wp\.com|medium\.com|notion\.so|atlassian\.net|slack-edge\.com|quickchart\.io|image-charts\.com|mermaid\.ink|kroki\.io|plantuml\.com|codecogs\.com)$/;

/** To look for links costs so much of what the one pass over all of a text does. */
const shareOfLinks = 0.1;
/** Of a budget: to find a link, and to take its address apart. */
const unitsPerLink = 0.5;
const unitsPerAddress = 8;
/** And for each of its characters: so much of what the one pass over them costs. */
const shareOfAddress = 1.5;

const referencedImage = /!\[[^\]\n]{0,200}\](?:\[|(?!\())/;

/** Finds links that carry data away: a placeholder to fill, or a long value that looks packed, in what is fetched when shown. */
export function findExfiltratingLinks(text: string, budget: ScanBudget): readonly Span[] {
  if (!text.includes("//")) return [];
  budget.spendCharacters(text.length, shareOfLinks);
  const found: Span[] = [];
  let hasReferencedImage: boolean | undefined;
  for (const { start, end, fetched } of linkPlaces(text)) {
    budget.spendWindow(unitsPerLink);
    if (!mayCarryData(text, start, end)) continue;
    budget.spendWindow(unitsPerAddress);
    budget.spendWork((end - start) * shareOfAddress);
    if (fetched === "as reference") hasReferencedImage ??= referencedImage.test(text);
    const isFetched = fetched === "always" || (fetched === "as reference" && hasReferencedImage);
    if (carriesData(text.slice(start, end), isFetched === true)) found.push({ start, end });
  }
  return found;
}

function carriesData(address: string, isShown: boolean): boolean {
  if (placeholder.test(address)) return true;
  const url = URL.parse(address.startsWith("//") ? `https:${address}` : address);
  if (!url || storage.test(url.hostname)) return false;
  if (holdsPackedText(url)) return true;
  if (!isShown) return false;
  const values = [...url.searchParams].filter(([name, value]) => !isHarmless(name, value));
  if (values.some(([, value]) => holdsData(value))) return true;
  return url.hostname.split(".").some((label) => label.length >= 40 && entropyOf(label) >= 3.6);
}

function isHarmless(name: string, value: string): boolean {
  if (ownValues.test(name) || otherAddress.test(value) || picture.test(value)) return true;
  return namesSubject.test(name) && nameOfWords.test(value);
}

const packed = /^[A-Za-z0-9+/_-]{28,4096}={0,2}$/;
const leastReadable = 0.95;

/** A sentence in base64, as a value, as a name without one, or as a part of the path. Digests and keys are no text. */
function holdsPackedText({ pathname, searchParams, hash }: URL): boolean {
  const values = [...searchParams].flatMap(([name, value]) =>
    ownValues.test(name) ? [] : [value === "" ? name : value],
  );
  const parts = pathname.split("/").map((part) => part.replace(/\.\w{1,5}$/, ""));
  return [...values, ...parts, hash.slice(1)].some(
    (value) => packed.test(value) && readsAsText(Buffer.from(value, "base64")),
  );
}

function readsAsText(bytes: Buffer): boolean {
  const readable = bytes.filter((byte) => byte >= 0x20 && byte < 0x7f).length;
  return readable >= bytes.length * leastReadable;
}

/** Text of some length, or what looks like packed text. */
function holdsData(value: string): boolean {
  if (value.length < 16) return false;
  if (/\s/.test(value) && value.length >= 24) return true;
  return value.length >= 32 && entropyOf(value) >= 3.8;
}
