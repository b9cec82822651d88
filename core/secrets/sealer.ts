import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";

const format = 1;
const keyIdBytes = 4;
const ivBytes = 12;
const tagBytes = 16;
const headBytes = 1 + keyIdBytes + ivBytes;

/**
 * Authenticated encryption (AES-256-GCM) under keys that a fleet shares, apart by purpose:
 * what was sealed for one purpose, or about one thing, opens for no other.
 */
export class Sealer {
  readonly #keys: readonly { readonly id: Buffer; readonly key: Buffer }[];

  /** The first key seals, every key opens. 32 bytes each. */
  constructor(keys: readonly Buffer[], purpose: string) {
    this.#keys = keys.map((shared) => {
      const key = Buffer.from(hkdfSync("sha256", shared, "", `mcpgw ${purpose}`, 32));
      return { key, id: createHash("sha256").update(key).digest().subarray(0, keyIdBytes) };
    });
  }

  /** `about` is not part of what is returned, and must be the same to open it. */
  seal(content: string, about: string): Buffer {
    const [first] = this.#keys;
    if (!first) throw new Error("there is no key to seal with");
    const head = Buffer.concat([Buffer.from([format]), first.id, randomBytes(ivBytes)]);
    const cipher = createCipheriv("aes-256-gcm", first.key, head.subarray(1 + keyIdBytes));
    cipher.setAAD(Buffer.concat([head, Buffer.from(about)]));
    const sealed = Buffer.concat([cipher.update(content, "utf8"), cipher.final()]);
    return Buffer.concat([head, sealed, cipher.getAuthTag()]);
  }

  /** Undefined when it was not sealed by one of our keys, for this purpose, about this. */
  open(sealed: Buffer, about: string): string | undefined {
    if (sealed.length < headBytes + tagBytes || sealed[0] !== format) return undefined;
    const id = sealed.subarray(1, 1 + keyIdBytes);
    const known = this.#keys.find((candidate) => candidate.id.equals(id));
    if (!known) return undefined;
    const iv = sealed.subarray(1 + keyIdBytes, headBytes);
    const decipher = createDecipheriv("aes-256-gcm", known.key, iv, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.concat([sealed.subarray(0, headBytes), Buffer.from(about)]));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    try {
      const content = decipher.update(sealed.subarray(headBytes, -tagBytes));
      return Buffer.concat([content, decipher.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  }
}
