import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What a secret of ours is for; its prefix tells people and secret scanners. */
export type TokenKind = "agent-key" | "operator-token" | "join-token";

const prefixes: Readonly<Record<TokenKind, string>> = {
  "agent-key": "mcpgw_agent_",
  "operator-token": "mcpgw_operator_",
  "join-token": "mcpgw_join_",
};

/** Makes a secret of 256 random bits. */
export function createToken(kind: TokenKind): string {
  return prefixes[kind] + randomBytes(32).toString("base64url");
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

/** The beginning of a secret, by which people recognise it: the prefix and four characters. */
export function hintOf(token: string): string {
  const prefix = Object.values(prefixes).find((it) => token.startsWith(it)) ?? "";
  return token.slice(0, prefix.length + 4);
}
