import { createPublicKey, verify } from "node:crypto";
import { keyIdOf } from "../chain/checkpoint-key.ts";
import { signedText } from "../chain/checkpoints.ts";
import type { AuditCheckpoint, AuditRecord } from "../record.ts";

/** The public keys that checkpoints are verified with. */
export class KeyRing {
  readonly #keys = new Map<string, string>();
  readonly #believesRecords: boolean;

  /** Raw Ed25519 keys, base64url. Undefined: those that the records show are believed. */
  constructor(trusted: readonly string[] | undefined) {
    this.#believesRecords = trusted === undefined;
    for (const key of trusted ?? []) this.#keys.set(keyIdOf(key), key);
  }

  /** What is wrong with the signature of a checkpoint; undefined: nothing. */
  findProblem(record: AuditRecord): string | undefined {
    const { checkpoint } = record;
    if (!checkpoint) return "it has no signature";
    if (checkpoint.publicKey !== undefined) this.#learn(checkpoint, checkpoint.publicKey);
    const key = this.#keys.get(checkpoint.keyId);
    if (key === undefined) return `it is signed with a key that is not known (${checkpoint.keyId})`;
    const isRight = isSignedBy(key, signedText(record), checkpoint.signature ?? "");
    return isRight ? undefined : `its signature by the key ${checkpoint.keyId} is wrong`;
  }

  /** A key that a known one signed is as good as that. */
  #learn({ keyId, vouchedBy, vouchingSignature = "" }: AuditCheckpoint, publicKey: string): void {
    if (this.#keys.has(keyId) || keyIdOf(publicKey) !== keyId) return;
    const voucher = this.#keys.get(vouchedBy ?? "");
    const isVouched = voucher !== undefined && isSignedBy(voucher, publicKey, vouchingSignature);
    if (this.#believesRecords || isVouched) this.#keys.set(keyId, publicKey);
  }
}

/** False also for what is no key. */
function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: publicKey };
    const key = createPublicKey({ key: jwk, format: "jwk" });
    return verify(undefined, Buffer.from(text), key, Buffer.from(signature, "base64url"));
  } catch {
    return false;
  }
}
