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
