import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** What a token costs, of a budget: it is a digest. */
export const unitsPerToken = 6;

/** Longer ones, which are whole texts that were not looked through, are read as they lie in memory: to write them in UTF-8 takes most of the time. */
const longestInUtf8 = 65_536;
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * What stands in place of a secret. The same secret gets the same token, so that records can be
 * set side by side; without the key nobody can try secrets against it.
 */
export function redactionToken(key: Buffer, type: string, secret: string): string {
  const encoding = secret.length > longestInUtf8 ? "utf16le" : "utf8";
  const hmac = createHmac("sha256", preparedKey(key)).update(`${type}\0`);
  const digest = hmac.update(secret, encoding).digest();
  let letters = "";
  for (const byte of digest.subarray(0, 10)) letters += alphabet.charAt(byte & 31);
  return `[[mcpgw:${type}:${letters}]]`;
}

const prepared = new WeakMap<Buffer, KeyObject>();

/** To prepare a key takes eight times as long as to use it, and a text may hold thousands of secrets. */
function preparedKey(key: Buffer): KeyObject {
  const known = prepared.get(key) ?? createSecretKey(key);
  prepared.set(key, known);
  return known;
}

/**
 * What stands in place of a whole value that a schema may want in its shape: a mail address that reaches nobody, a number with
 * its last four digits. Undefined: the token will do.
 */
export function shapedToken(key: Buffer, type: string, value: string): string | undefined {
  if (type === "email") {
    const [, , letters = ""] = redactionToken(key, type, value.toLowerCase()).split(":");
    return `u-${letters.replace("]]", "")}@redacted.invalid`;
  }
  if (type !== "card" && type !== "ssn") return undefined;
  const shown = 4;
  let left = value.replaceAll(/\D/g, "").length;
  return value.replaceAll(/\d/g, (digit) => {
    left -= 1;
    return left < shown ? digit : "0";
  });
}

const letters = "[a-z2-7]{10}";
const tokens = new RegExp(
  `\\[\\[mcpgw:([a-zA-Z0-9][a-zA-Z0-9._-]{0,62}):${letters}\\]\\]|(?<![\\w.%+'/@-])u-${letters}@redacted\\.invalid(?![\\w@-]|\\.\\w)`,
  "g",
);

/** Whether this is a token, and no masked number: many numbers have the same last digits. */
export function isToken(text: string): boolean {
  return text.match(tokens)?.[0] === text;
}

export interface FoundToken {
  readonly token: string;
  /** What it says that it stands for. */
  readonly type: string;
  readonly at: number;
}

/** What has the form of our tokens in a text, in order. A part of an address of mail, or of a word, has not. */
export function tokensIn(text: string): readonly FoundToken[] {
  if (!text.includes("[[mcpgw:") && !text.includes("@redacted.invalid")) return [];
  return Array.from(text.matchAll(tokens), ({ 0: token, 1: type = "email", index: at }) => ({
    token,
    type,
    at,
  }));
}

/** The text with something else in the place of its tokens. Undefined: the token stays. */
export function withTokensReplaced(
  text: string,
  replace: (token: string) => string | undefined,
): string {
  return text.replaceAll(tokens, (token) => replace(token) ?? token);
}
