import { entropyOf } from "./entropy.ts";
import { looksLikePlaceholder, withoutRuns } from "./placeholder.ts";

/** Names that end in "token" or "key" and hold nothing secret: redacting them would break paging and the like. */
const harmlessNames =
  /(?:page|next|continuation|sync|progress|cursor|resume|design|stop|eos|bos|pad|unk|special|mask|primary|foreign|sort|partition|public(?:[ _-]?key)?|cache|lock|change|starting|work[ _-]?unit|idempotency|max|min|total|prompt|completion|input|output|csrf|xsrf)[ _-]?$|(?:by|com|mini|tres|sur)$/i;
/** A part of the name of a resource, `arn:…:secret:name`, or of a type, `Vendor::Service::ApiKey`. */
const insideName = /\barn:[\w:/-]{0,100}$|\w::\w{1,40}::\w{0,40}$/;
const longestBefore = 128;
/** What is said about a secret, and is none: `tokenType`, `secret_name`, `credentialsId`. */
const harmlessEndings =
  /(?:ids?|names?|paths?|urls?|uris?|types?|arn|refs?|files?|dir|ttl|length|counts?|limit|headers?|fields?|provider|policy|version|format|prefix|expir\w*|vault|store|labels?|placeholder|title|hint|message|errors?|regex|pattern|rules?|strength|column|attribute|parameter|algorithm|method|encoder|hashing|hasher|scheme|service|manager|lifetime|age|reuse|history|status|updated|changed|created|\.(?:[cm]?[jt]sx?|json|md|py|go|rs|java|ya?ml|toml|html?|css|php|rb|cs))[^A-Za-z0-9]*$/i;

/** Names that a person chose: words of one case with short numbers, or words alone. */
const slugs = [
  /^_{0,2}(?:[a-z]{1,20}\d{0,6}|\d{1,6})(?:[-_.:/]{1,2}(?:[a-z]{1,20}\d{0,6}|\d{1,6}))+$/,
  /^(?:[A-Z]{1,20}\d{0,4}|\d{1,4})(?:[-_.:/]{1,2}(?:[A-Z]{1,20}\d{0,4}|\d{1,4}))+$/,
];
const words = /^[A-Za-z]{1,64}(?:[-_.:/]{1,2}[A-Za-z]{1,64})*$/;
const codePath = /^[A-Za-z_$]{1,40}\d{0,2}(?:\.[A-Za-z_$]{1,40}\d{0,2})+$/;
/** Parts of something: `users[0].name`, `users.*.name`, `options?.mode`. */
const parts = /^[A-Za-z_$]{1,40}\d{0,2}(?:\[\w{0,20}\]|\.\*|\??\.[A-Za-z_$]{1,40}\d{0,2}){1,12}$/;
const pathOrUrl =
  /^(?:\.{0,2}\/|~\/|[A-Za-z]:[\\/]|[a-z][a-z0-9+.-]{1,12}:\/\/|arn:|projects\/|op:\/\/|vault:)/;
const timestamp = /^\d{4}-\d\d-\d\d(?:T|$)/;
const emailAddress = /^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+$/;
const algorithm =
  /^(?:[a-z]{2,12}[-_])?(?:sha|md|hmac|pbkdf|bcrypt|scrypt|argon|aes|rsa|oauth|saml|utf|base|scram|scram[-_]sha|hs|rs|es|http|tls|ipv)[-_]?\d[\w-]{0,24}$/i;

const namesPassword = /pass|pwd|psk|_pw|bindpw|masterauth|:5432:|mysql/i;
/** The name is that of the password itself, and not of something about it. */
const endsAsPassword =
  /(?:pass(?:word|wd|phrase|wort|code)?|pwd|_pw)(?:s|\d{1,3}|[_-]?(?:prod|dev|test|staging|plain|default|value|string|old|new))?(?:\W{1,4}(?:key)?\W{1,40}(?:value|string))?\W{0,24}$/i;
/** A value with such a word in it is called after what it is for. */
const namesWhatFor =
  /pass(?:w|phrase|code)|pwd|secret|token|key|cred|auth|user|login|conf|param|input|field|form|body|hash|prod|stag|\bd(?:b|ev)\b|\bv\d/i;

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
export function isLikelyCredential(value: NamedValue): boolean {
  const { text, matchStart, start, end, secret } = value;
  if (looksLikePlaceholder(secret) || isExpression(secret)) return false;
  if (harmlessNames.test(text.slice(Math.max(0, matchStart - 16), matchStart))) return false;
  if (insideName.test(text.slice(Math.max(0, matchStart - longestBefore), matchStart)))
    return false;
  const name = text.slice(matchStart, start);
  const isCalled = text[end] === "(" || text[end] === "[";
  if (isCalled || harmlessEndings.test(name)) return false;
  if (!namesPassword.test(name)) return !isSlug(secret) && looksRandom(secret);
  return isMixed(secret) || (endsAsPassword.test(name) && isWhole(value) && isChosen(secret));
}

/** Whether a value that stands where only a password can is one: in a call, a statement, an address. */
export function isChosenPassword(value: string): boolean {
  if (looksLikePlaceholder(value) || isExpression(value)) return false;
  return isMixed(value) || isChosen(value);
}

function isExpression(value: string): boolean {
  if (words.test(value)) return !isChoppy(value);
  return [codePath, parts, pathOrUrl, timestamp, emailAddress, algorithm].some((shape) =>
    shape.test(value),
  );
}

function isSlug(value: string): boolean {
  return slugs.some((shape) => shape.test(value));
}

const hexadecimal = /^(?:[0-9a-f-]{16,}|[0-9A-F-]{16,})$/;

/** More often of an expression than of a key. */
const punctuation = /[(){}[\];,|&=]./;

function looksRandom(value: string): boolean {
  const rest = withoutRuns(value);
  if (rest.length < value.length && rest.length < 12) return false;
  if (!/[A-Za-z]/.test(rest)) return false;
  const digits = rest.replaceAll(/\D/g, "").length;
  if (digits === 0) return isChoppy(rest);
  if (digits <= 2 && isNameOfWords(rest)) return false;
  if (punctuation.test(rest)) return entropyOf(rest) >= 4.2;
  return entropyOf(rest) >= (hexadecimal.test(rest) ? 2.9 : 3.5);
}

/** `openid4vciIssueCredential`: words put together, with a short number in one. */
function isNameOfWords(value: string): boolean {
  const pieces = value.match(/[A-Z]?[a-z]+|[A-Z]+|\d+|[^A-Za-z0-9]+/g) ?? [];
  return /^[A-Za-z_$][\w$]*$/.test(value) && value.length / pieces.length >= 4;
}

/** In what chance wrote, kinds of characters change all the time; in words and names put together they do not. */
function isChoppy(value: string): boolean {
  const changes = value.match(/[a-z]+|[A-Z]+|[^A-Za-z]+/g) ?? [];
  return value.length >= 20 && changes.length / value.length >= 0.5 && entropyOf(value) >= 3.2;
}

/** People mix kinds of characters when a form forces them to. */
function isMixed(value: string): boolean {
  if (isSlug(value)) return false;
  const kinds = kindsOf(value.replace(/[:?.…]{1,8}$/, ""));
  return kinds >= 3 || (kinds === 2 && /\d/.test(value) && entropyOf(value) >= 2.9);
}

/** Letters with a digit or a sign among them: enough where nothing but a password can stand. */
function isChosen(value: string): boolean {
  if (namesWhatFor.test(value) || kindsOf(value) < 2 || entropyOf(value) < 2.3) return false;
  // Names of people and places are written with dots: a password seldom is.
  if (isSlug(value) && /[.:/]/.test(value)) return false;
  if (/\d|[$@%^&]$/.test(value)) return true;
  return /^[A-Za-z]/.test(value) && /[!@$%^&*+~?#][A-Za-z]/.test(value);
}

function kindsOf(value: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
}

const quotes = "\"'`";
const endsLine = /[ \t]{0,8}(?:\r?\n|\\n|$|[#;<"&])/y;

/** Whether nothing else belongs to the value: it stands in quotes, or ends with its line. */
function isWhole({ text, start, end }: NamedValue): boolean {
  const quote = text.charAt(start - 1);
  if (quote !== "" && quotes.includes(quote)) {
    return text[end] === quote || (text[end] === "\\" && text[end + 1] === quote);
  }
  endsLine.lastIndex = end;
  return endsLine.test(text);
}
