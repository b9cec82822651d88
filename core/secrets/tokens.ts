import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** What a secret of ours is for; its prefix tells people and secret scanners. */
export type TokenKind = "agent-key" | "operator-token" | "join-token";

const prefixes: Readonly<Record<TokenKind, string>> = {
  "agent-key": "mcpgw_agent_",
  "operator-token": "mcpgw_operator_",
  "join-token": "mcpgw_join_",
};

/** Makes a secret of 256 random bits. An agent's key ends with a checksum: people copy those. */
export function createToken(kind: TokenKind): string {
  const secret = randomBytes(32).toString("base64url");
  return prefixes[kind] + secret + (kind === "agent-key" ? checksumOf(secret) : "");
}

/**
 * The digest that is stored in place of the secret.
 * Plain SHA-256 is enough: 256 random bits cannot be searched.
 */
export function digestToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Compares digests in constant time. */
export function equalDigests(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

const secretLength = 43;
const checksumLength = 6;

/** What is wrong with an agent key before anybody looks it up: it is cut off, or has another letter somewhere. */
export function findMisspelling(key: string): string | undefined {
  const prefix = prefixes["agent-key"];
  if (!key.startsWith(prefix)) return `does not begin with ${prefix}`;
  const body = key.slice(prefix.length);
  // Keys of before there were checksums.
  if (body.length === secretLength) return undefined;
  if (body.length !== secretLength + checksumLength) {
    return `has ${key.length} characters in place of ${prefix.length + secretLength + checksumLength}`;
  }
  const isRight = checksumOf(body.slice(0, secretLength)) === body.slice(secretLength);
  return isRight ? undefined : "is misspelt: its checksum does not fit";
}

function checksumOf(secret: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(secret));
  return bytes.toString("base64url");
}

/** The beginning of a secret, by which people recognise it: the prefix and eight characters. */
export function hintOf(token: string): string {
  const prefix = Object.values(prefixes).find((it) => token.startsWith(it)) ?? "";
  return token.slice(0, prefix.length + 8);
}
