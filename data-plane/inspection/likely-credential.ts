import { entropyOf } from "./entropy.ts";
import { looksLikePlaceholder } from "./placeholder.ts";

/** Names that end in "token" or "key" and hold nothing secret: redacting them would break paging and the like. */
const harmlessNames =
  /(?:page|next|continuation|sync|progress|cursor|resume|design|stop|eos|bos|pad|unk|special|mask|primary|foreign|sort|partition|public|cache|idempotency|max|min|total|prompt|completion|input|output|csrf|xsrf)[ _-]?$/i;
/** What is said about a secret, and is none: `tokenType`, `secret_name`, `credentialsId`. */
const harmlessEndings =
  /(?:ids?|names?|paths?|urls?|uris?|types?|arn|refs?|files?|dir|ttl|length|counts?|limit|headers?|fields?|provider|policy|version|format|prefix|expir\w*|vault|store)[^A-Za-z0-9]*$/i;

/** Names that a person chose: words of one case with short numbers, or words alone. */
const words = [
  /^(?:[a-z]{1,20}\d{0,4}|\d{1,4})(?:[-_.:/]{1,2}(?:[a-z]{1,20}\d{0,4}|\d{1,4}))+$/,
  /^(?:[A-Z]{1,20}\d{0,4}|\d{1,4})(?:[-_.:/]{1,2}(?:[A-Z]{1,20}\d{0,4}|\d{1,4}))+$/,
  /^[A-Za-z]{1,64}(?:[-_.:/]{1,2}[A-Za-z]{1,64})*$/,
];
const codePath = /^[A-Za-z_$]{1,40}\d{0,2}(?:\.[A-Za-z_$]{1,40}\d{0,2})+$/;
const pathOrUrl =
  /^(?:\.{0,2}\/|~\/|[A-Za-z]:[\\/]|[a-z][a-z0-9+.-]{1,12}:\/\/|arn:|projects\/|op:\/\/|vault:)/;
const timestamp = /^\d{4}-\d\d-\d\d(?:T|$)/;
const emailAddress = /^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+$/;

const namesPassword = /pass|pwd|psk|_pw|bindpw|masterauth|:5432:|mysql/i;

interface NamedValue {
  readonly text: string;
  readonly matchStart: number;
  readonly start: number;
  readonly end: number;
  readonly secret: string;
}

/**
 * Whether a value that stands behind a name such as "password" or "api_key" is one, rather than a
 * placeholder, an expression, a path or a name. Errs toward no: shapes of their own have rules of their own.
 */
export function isLikelyCredential({ text, matchStart, start, end, secret }: NamedValue): boolean {
  if (looksLikePlaceholder(secret) || isNameOrExpression(secret)) return false;
  if (harmlessNames.test(text.slice(Math.max(0, matchStart - 16), matchStart))) return false;
  const name = text.slice(matchStart, start);
  const isCalled = text[end] === "(" || text[end] === "[";
  if (isCalled || harmlessEndings.test(name)) return false;
  const isPassword = namesPassword.test(name);
  return isPassword ? looksChosen(secret) : looksRandom(secret);
}

function isNameOrExpression(value: string): boolean {
  return [...words, codePath, pathOrUrl, timestamp, emailAddress].some((shape) =>
    shape.test(value),
  );
}

function looksRandom(value: string): boolean {
  return /\d/.test(value) && /[A-Za-z]/.test(value) && entropyOf(value) >= 3.5;
}

/** People mix kinds of characters when a form forces them to. */
function looksChosen(value: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  return kinds >= 3 || (kinds === 2 && /\d/.test(value) && entropyOf(value) >= 2.9);
}
