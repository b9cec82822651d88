import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { digestToken } from "./tokens.ts";

/** What is stored of an agent key. */
export interface KeyDigest {
  /** In hex. */
  readonly digest: string;
  /** Names the secret that the digest was made with. */
  readonly secretId: string;
}

interface Secret {
  readonly id: string;
  /** Made once: from bytes, one would be made for each digest, at seven times the cost. */
  readonly key: KeyObject;
}

/**
 * Makes and finds digests of agent keys: HMAC-SHA-256 under a secret that both planes know and Redis does not,
 * so that whoever can write to Redis cannot make a key of their own. The first secret makes digests, every one finds them.
 */
export class KeyHasher {
  readonly #secrets: readonly Secret[];

  /** Without secrets, one is made of the join token. */
  constructor(secrets: readonly Buffer[], joinToken: string) {
    const values =
      secrets.length > 0
        ? secrets
        : [Buffer.from(hkdfSync("sha256", joinToken, "", "mcpgw agent keys", 32))];
    this.#secrets = values.map((value) => ({ id: idOf(value), key: createSecretKey(value) }));
  }

  make(key: string): KeyDigest {
    const [secret] = this.#secrets;
    if (!secret) throw new Error("there is no secret to make digests with");
    return { digest: digestWith(secret, key), secretId: secret.id };
  }

  /** The digests under which the key may be stored. */
  possible(key: string): readonly string[] {
    return this.#secrets.map((secret) => digestWith(secret, key));
  }

  /** Whether digests of this secret can be found. */
  knows(secretId: string): boolean {
    return this.#secrets.some(({ id }) => id === secretId);
  }
}

/** As keys were stored before: SHA-256, in hex. */
export function oldDigestOf(key: string): string {
  return digestToken(key).toString("hex");
}

function digestWith(secret: Secret, key: string): string {
  return createHmac("sha256", secret.key).update(key).digest("hex");
}

function idOf(secret: Buffer): string {
  return createHash("sha256")
    .update("mcpgw agent key secret")
    .update(secret)
    .digest("hex")
    .slice(0, 8);
}

/** What stands for a key where even its digest is not wanted. */
export function keyIdOf(digest: string): string {
  return digest.slice(0, 24);
}
