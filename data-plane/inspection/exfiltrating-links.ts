import type { Span } from "./confirmers.ts";
import { entropyOf } from "./entropy.ts";
import type { ScanBudget } from "./scan-budget.ts";

/** Images of Markdown and HTML are fetched when they are shown; links of Markdown when somebody follows them. */
const shown =
  /(!?)\[[^\]\n]{0,200}\]\(\s{0,4}<?((?:https?:)?\/\/[^\s)>]{4,4096})|<(?:img|iframe|video|audio|source|link|embed|object)\b[^<>]{0,300}?(?:src|href|data|srcset)\s?=\s?["']?((?:https?:)?\/\/[^\s"'<>]{4,4096})|^\s{0,4}\[[^\]\n]{1,100}\]:\s{0,4}((?:https?:)?\/\/\S{4,4096})/gim;

/** The place where somebody is to put what they know. */
const placeholder =
  /(?:[?&#/=](?:%7B|\{|\[|<|%5B|\$\{|\{\{)[\w %.+-]{2,60}(?:%7D|\}|\]|>|%5D))|[=/](?:[A-Z]{3,}_){1,4}(?:DATA|CONTENT|HISTORY|KEY|SECRET|TOKEN|PASSWORD|VALUE|INFO|SUMMARY|HERE)\b|=(?:YOUR|THE|INSERT|PUT|ENCODED|BASE64)[_+-]/;
/** Values that a server made for itself: signatures, cache keys, campaigns. */
const ownValues =
  /^(?:x-amz-[\w-]+|x-goog-[\w-]+|signature|sig|sign|jwt|token|hash|policy|key-pair-id|expires|utm_\w+|v|ver|version|hmac|st|se|sp|sv|sr|etag|fbclid|gclid|logo|color|label|style|badge|branch|w|h|width|height|size|fit|auto|format|quality|crop|ixid|ixlib|cb|_)$/i;
/** An address or a path as a value: what proxies of images are asked for. What it carries itself is looked at as the rest is. */
const otherAddress = /^(?:(?:https?:)?\/{1,2})[^\s?=]{1,500}$/;
/** Places where nobody reads who else asked. */
const storage =
  /(?:^|\.)(?:githubusercontent\.com|github\.com|githubassets\.com|gitlab\.com|shields\.io|amazonaws\.com|cloudfront\.net|googleusercontent\.com|googleapis\.com|gstatic\.com|windows\.net|azureedge\.net|akamai\w*\.net|unsplash\.com|imgix\.net|wikimedia\.org|gravatar\.com|twimg\.com|fbcdn\.net|ytimg\.com|cdninstagram\.com|npmjs\.com|codecov\.io|travis-ci\.\w+|circleci\.com|wp\.com|medium\.com|notion\.so|atlassian\.net|slack-edge\.com)$/;

/** Finds links that carry data away: a placeholder to fill, or a long value that looks packed, in what is fetched when shown. */
export function findExfiltratingLinks(text: string, budget: ScanBudget): readonly Span[] {
  if (!text.includes("//") || !(text.includes("](") || text.includes("<") || text.includes("]:"))) {
    return [];
  }
  budget.spendCharacters(text.length);
  const found: Span[] = [];
  for (const match of text.matchAll(shown)) {
    budget.spendWindow();
    const [whole, bang, inMarkdown, inHtml, reference] = match;
    const address = inMarkdown ?? inHtml ?? reference ?? "";
    const isFetched = bang === "!" || inHtml !== undefined;
    if (!carriesData(address, isFetched)) continue;
    const end = match.index + whole.length;
    found.push({ start: end - address.length, end });
  }
  return found;
}

function carriesData(address: string, isFetched: boolean): boolean {
  if (placeholder.test(address)) return true;
  const source = address.startsWith("//") ? `https:${address}` : address;
  if (!isFetched || !URL.canParse(source)) return false;
  const url = new URL(source);
  if (storage.test(url.hostname)) return false;
  const values = [...url.searchParams].filter(
    ([name, value]) => !ownValues.test(name) && !otherAddress.test(value),
  );
  if (values.some(([, value]) => holdsData(value))) return true;
  return url.hostname.split(".").some((label) => label.length >= 40 && entropyOf(label) >= 3.6);
}

/** Text of some length, or what looks like packed text. */
function holdsData(value: string): boolean {
  if (value.length < 16) return false;
  if (/\s/.test(value) && value.length >= 24) return true;
  return value.length >= 32 && entropyOf(value) >= 3.8;
}
