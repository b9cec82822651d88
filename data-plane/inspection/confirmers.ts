import { crc32 } from "node:zlib";
import { entropyOf } from "./entropy.ts";
import { isChosenPassword, isLikelyCredential } from "./likely-credential.ts";
import { looksLikePlaceholder } from "./placeholder.ts";
import type { ConfirmerName } from "./rules/secret-rule.ts";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a pattern matched. The span is that of the secret, which may be a part of the match. */
export interface Candidate extends Span {
  readonly text: string;
  readonly matchStart: number;
  readonly secret: string;
}

/** Says which span is a secret, or that none is. */
export type Confirmer = (candidate: Candidate) => Span | undefined;

export const confirmers: Readonly<Record<ConfirmerName, Confirmer>> = {
  "aws-key-id": onlyIf(({ secret }) => isAwsKeyId(secret)),
  "base64-run": base64Run,
  "base64-credentials": onlyIf(({ secret }) => holdsCredentials(secret)),
  "basic-credentials": onlyIf(isCredentialsHeader),
  "chosen-password": onlyIf(({ secret }) => isChosenPassword(secret)),
  "curl-user": onlyIf(isCurlUser),
  "github-checksum": onlyIf(({ secret }) => hasGithubChecksum(secret)),
  "jwt-header": onlyIf(({ secret }) => hasJwtHeader(secret)),
  "likely-credential": onlyIf(isLikelyCredential),
  "option-value": onlyIf(isOptionValue),
  "private-key-block": privateKeyBlock,
  "spoken-password": spokenPassword,
  "url-password": onlyIf(isUrlPassword),
};

function onlyIf(holds: (candidate: Candidate) => boolean): Confirmer {
  return (candidate) => (holds(candidate) ? candidate : undefined);
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The last six characters of a classic GitHub token are the CRC-32 of the thirty before, in base 62. */
export function githubChecksumOf(random: string): string {
  let rest = crc32(random);
  let digits = "";
  for (let place = 0; place < 6; place += 1) {
    digits = base62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function hasGithubChecksum(token: string): boolean {
  return githubChecksumOf(token.slice(4, 34)) === token.slice(34);
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A key id holds the account's number: forty bits after the first, which must be a number of twelve digits. */
function isAwsKeyId(id: string): boolean {
  const oldFormat = id[4] === "I" || id[4] === "J";
  if (oldFormat) return true;
  let bits = 0n;
  for (const letter of id.slice(4, 13)) bits = bits * 32n + BigInt(base32.indexOf(letter));
  const account = (bits >> 4n) & 0xff_ffff_ffffn;
  return account < 1_000_000_000_000n;
}

function hasJwtHeader(token: string): boolean {
  try {
    const [header = ""] = token.split(".", 1);
    const decoded: unknown = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    return typeof decoded === "object" && decoded !== null && "alg" in decoded;
  } catch {
    return false;
  }
}

function isCredentialsHeader(candidate: Candidate): boolean {
  const { text, matchStart, start, secret } = candidate;
  if (!/basic\s{1,3}$/i.test(text.slice(matchStart, start))) return isLikelyCredential(candidate);
  return holdsCredentials(secret);
}

/** A user's name, a colon and a password, in base64. */
function holdsCredentials(encoded: string): boolean {
  const decoded = Buffer.from(encoded, "base64").toString("latin1");
  const [user = "", ...password] = decoded.split(":");
  const isText = /^[\x20-\x7e]{1,1280}$/.test(decoded);
  const secret = password.join(":");
  return isText && user !== "" && secret.length >= 3 && !looksLikePlaceholder(secret);
}

const curlReach = 300;

/** `-u` means many things; it is followed by a password when the same command, over continued lines too, is curl. */
function isCurlUser({ text, matchStart, secret }: Candidate): boolean {
  const before = text.slice(Math.max(0, matchStart - curlReach), matchStart);
  const command = before.replaceAll(/\\\r?\n/g, " ");
  return command.slice(command.lastIndexOf("\n") + 1).includes("curl") && isPassword(secret);
}

function isPassword(secret: string): boolean {
  return !looksLikePlaceholder(secret);
}

/** Of one letter, of three, and the user's name once more are what documentation writes. */
function isUrlPassword({ text, matchStart, start, secret }: Candidate): boolean {
  const user = text.slice(matchStart + 3, start - 1);
  if (secret.length < 4 || secret.toLowerCase() === user.toLowerCase()) return false;
  return isPassword(secret) || /^[a-z]{4,10}[_-]?\d{2,}[!]?$/i.test(secret);
}

/** Behind a name that is an option, a password; behind the bare word only what could be nothing else. */
function isOptionValue(candidate: Candidate): boolean {
  const { text, matchStart, start, secret } = candidate;
  const option = text.slice(Math.max(0, matchStart - 24), matchStart + 1);
  if (!/(?:^|[\s"'])-{1,2}[A-Za-z-]{0,20}$/.test(option) && text[matchStart] !== "-") return false;
  const isPassword = /pass/.test(text.slice(matchStart, start));
  return isPassword ? isChosenPassword(secret) : isLikelyCredential(candidate);
}

/** The sentence goes on behind it. */
function spokenPassword(candidate: Candidate): Span | undefined {
  const secret = candidate.secret.replace(/[.,;:?)]{1,3}$/, "");
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(secret));
  if (kinds.length < 3 || !/\d/.test(secret) || !isChosenPassword(secret)) return undefined;
  return { start: candidate.start, end: candidate.start + secret.length };
}

const longestRun = 65_536;
const leastRun = 256;
const ofBase64 = /[A-Za-z0-9+/=\r\n]/;

/** All of the base64 around what was found. */
function base64Run({ text, start, end }: Candidate): Span | undefined {
  let from = start;
  while (from > 0 && start - from < longestRun && ofBase64.test(text.charAt(from - 1))) from -= 1;
  let to = end;
  while (to < text.length && to - end < longestRun && ofBase64.test(text.charAt(to))) to += 1;
  return to - from >= leastRun ? { start: from, end: to } : undefined;
}

const longestKey = 20_000;
const leastKeyCharacters = 64;

/** What a key block begins with, after its first line. */
const keyBegins = /(?:\\[nrt]|\s){0,8}[A-Za-z0-9+/]/y;

/** The whole block, to its last line; where that is missing, to the end of what looks like a key. */
function privateKeyBlock({ text, start, end }: Candidate): Span | undefined {
  keyBegins.lastIndex = end;
  if (!keyBegins.test(text)) return undefined;
  const next = text.indexOf("-----BEGIN", end);
  const limit = end + longestKey;
  const restEnd = next < 0 ? limit : Math.min(next, limit);
  if (restEnd - end < leastKeyCharacters) return undefined;
  const rest = text.slice(end, restEnd);
  const last = /-----END [A-Z0-9 ]{0,64}-----/.exec(rest);
  const body = last ? rest.slice(0, last.index) : (/^[A-Za-z0-9+/=\\\s]*/.exec(rest)?.[0] ?? "");
  const key = body.replaceAll(/\\[nrt]|[^A-Za-z0-9+/=]/g, "");
  if (key.length < leastKeyCharacters || entropyOf(key) < 4) return undefined;
  return { start, end: end + body.length + (last?.[0].length ?? 0) };
}
