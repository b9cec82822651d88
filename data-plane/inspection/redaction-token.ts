import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** What a token costs, of a budget: it is a digest. */
export const unitsPerToken = 6;

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * What stands in place of a secret. The same secret gets the same token, so that records can be
 * set side by side; without the key nobody can try secrets against it.
 */
export function redactionToken(key: Buffer, type: string, secret: string): string {
  const digest = createHmac("sha256", preparedKey(key)).update(`${type}\0${secret}`).digest();
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
