import { hash } from "node:crypto";

/** Beyond this a value is hashed: agents choose some of them, and Redis keeps a key for each. */
const maxLength = 64;

/**
 * Writes values into a key so that people can read them, no two lists of values meet, and no value
 * ends the part that Redis Cluster hashes. Undefined is a value of its own.
 */
export function subjectCode(
  parts: readonly (readonly [name: string, value: string | undefined])[],
): string {
  return parts.map(([name, value]) => `${name}=${valueCode(value)}`).join(":");
}

/** One value: escaped, or "#" and its hash where it is long; "?" for what is not known. */
export function valueCode(value: string | undefined): string {
  if (value === undefined) return "?";
  // Escaping never shortens.
  const code = value.length > maxLength ? undefined : escaped(value);
  return code !== undefined && code.length <= maxLength ? code : hashCode(value);
}

/** A value that nobody should read in Redis, such as one of the arguments of a call. */
export function hashCode(value: string | undefined): string {
  if (value === undefined) return "?";
  return `#${hash("sha256", value.toWellFormed(), "base64url").slice(0, 22)}`;
}

/** Tools are named "upstream/name" and agents may look like mail addresses: both stay readable. */
function escaped(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll("%2F", "/").replaceAll("%40", "@");
}
