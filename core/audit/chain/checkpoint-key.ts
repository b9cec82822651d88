import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The new key of a producer, signed by its old one. */
export interface Vouching {
  readonly vouchedBy: string;
  readonly vouchingSignature: string;
}

interface SavedKey {
  /** PKCS #8, base64. */
  readonly privateKey: string;
  readonly createdAtMs: number;
  readonly vouching?: Vouching;
}

const keyLivesForMs = 90 * 86_400_000;

/** The Ed25519 key (RFC 8032) with which a producer signs its checkpoints. */
export class CheckpointKey {
  readonly keyId: string;
  /** Raw, base64url. */
  readonly publicKey: string;
  readonly vouching: Vouching | undefined;
  readonly #private: KeyObject;

  private constructor(key: KeyObject, vouching?: Vouching) {
    this.#private = key;
    this.publicKey = String(createPublicKey(key).export({ format: "jwk" }).x);
    this.keyId = keyIdOf(this.publicKey);
    this.vouching = vouching;
  }

  /** A key that lives as long as this process. */
  static ephemeral(): CheckpointKey {
    return new CheckpointKey(generateKeyPairSync("ed25519").privateKey);
  }

  /** The key of a folder, made at the first start. One older than ninety days is replaced, and signs its successor. */
  static async load(folder: string, nowMs: number): Promise<CheckpointKey> {
    const path = join(folder, "key.json");
    const saved = (await read(path)) ?? (await create(path, nowMs));
    const key = new CheckpointKey(privateKeyOf(saved), saved.vouching);
    return nowMs - saved.createdAtMs < keyLivesForMs ? key : await key.#replace(path, nowMs);
  }

  /** Ed25519 over the text, base64url. */
  sign(text: string): string {
    return sign(undefined, Buffer.from(text), this.#private).toString("base64url");
  }

  async #replace(path: string, nowMs: number): Promise<CheckpointKey> {
    const next = generateKeyPairSync("ed25519").privateKey;
    const { publicKey } = new CheckpointKey(next);
    const vouching = { vouchedBy: this.keyId, vouchingSignature: this.sign(publicKey) };
    await writeFile(`${path}.tmp`, toSaved(next, nowMs, vouching), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
    return new CheckpointKey(next, vouching);
  }
}

export function keyIdOf(publicKey: string): string {
  const raw = Buffer.from(publicKey, "base64url");
  return createHash("sha256").update(raw).digest("hex").slice(0, 16);
}

async function read(path: string): Promise<SavedKey | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as SavedKey;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`the key of the audit checkpoints in ${path} cannot be read`, { cause });
  }
}

/** Of several processes that begin together, one makes the key and all use it. */
async function create(path: string, nowMs: number): Promise<SavedKey> {
  const own = `${path}.${process.pid}.tmp`;
  await writeFile(own, toSaved(generateKeyPairSync("ed25519").privateKey, nowMs), { mode: 0o600 });
  await link(own, path).catch(() => {});
  await rm(own, { force: true });
  const saved = await read(path);
  if (!saved) throw new Error(`the key of the audit checkpoints cannot be kept in ${path}`);
  return saved;
}

function toSaved(key: KeyObject, createdAtMs: number, vouching?: Vouching): string {
  const privateKey = key.export({ type: "pkcs8", format: "der" }).toString("base64");
  return JSON.stringify({ privateKey, createdAtMs, ...(vouching && { vouching }) });
}

function privateKeyOf({ privateKey }: SavedKey): KeyObject {
  const key = Buffer.from(privateKey, "base64");
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}
