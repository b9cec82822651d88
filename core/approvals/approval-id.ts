import { randomBytes } from "node:crypto";

/** Crockford's base32 in lower case: no i, l, o or u, which people misread. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

const idLength = 8;

/** A random name of 40 bits that people can read out and type. */
export function createApprovalId(): string {
  return Array.from(randomBytes(idLength), (byte) => alphabet[byte % alphabet.length]).join("");
}

/** What somebody typed as the beginning of an id, as ids are written. Undefined: no id begins so. */
export function normalizeIdPrefix(typed: string): string | undefined {
  const prefix = typed.trim().toLowerCase().replaceAll("o", "0").replaceAll(/[il]/g, "1");
  return /^[0-9a-hjkmnp-tv-z]{1,8}$/.test(prefix) ? prefix : undefined;
}
