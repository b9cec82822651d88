import { createHmac } from "node:crypto";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * What stands in place of a secret. The same secret gets the same token, so that records can be
 * set side by side; without the key nobody can try secrets against it.
 */
export function redactionToken(key: Buffer, type: string, secret: string): string {
  const digest = createHmac("sha256", key).update(type).update("\0").update(secret).digest();
  let letters = "";
  for (const byte of digest.subarray(0, 10)) letters += alphabet.charAt(byte & 31);
  return `[[mcpgw:${type}:${letters}]]`;
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
