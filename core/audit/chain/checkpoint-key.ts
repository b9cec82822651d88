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

/** The Ed25519 key (RFC 8032) with which a producer signs its checkpoints. */
export class CheckpointKey {
  readonly keyId: string;
  /** Raw, base64url. */
  readonly publicKey: string;
  readonly vouching: Vouching | undefined;
  readonly createdAtMs: number;
  readonly #private: KeyObject;
  /** Where it is kept. Empty: nowhere. */
  readonly #folder: string;

  private constructor(
    key: KeyObject,
    parts: { readonly folder: string; readonly createdAtMs: number; readonly vouching?: Vouching },
  ) {
    const { folder, createdAtMs, vouching } = parts;
    this.#private = key;
    this.#folder = folder;
    this.createdAtMs = createdAtMs;
    this.publicKey = String(createPublicKey(key).export({ format: "jwk" }).x);
    this.keyId = keyIdOf(this.publicKey);
    this.vouching = vouching;
  }

  /** A key that lives as long as this process. */
  static ephemeral(createdAtMs = Date.now()): CheckpointKey {
    return new CheckpointKey(generateKeyPairSync("ed25519").privateKey, {
      folder: "",
      createdAtMs,
    });
  }

  /** The key of a folder, made at the first start. One that is too old is replaced, and signs its successor. */
  static async load(folder: string, nowMs: number, livesForMs: number): Promise<CheckpointKey> {
    const path = join(folder, "key.json");
    const saved = (await read(path)) ?? (await create(path, nowMs));
    const key = new CheckpointKey(privateKeyOf(saved), { ...saved, folder });
    return nowMs - saved.createdAtMs < livesForMs ? key : await key.#replace(path, nowMs);
  }

  /** A younger key that this one signs: of its folder, where another process may have made it already. */
  async successor(nowMs: number, livesForMs: number): Promise<CheckpointKey> {
    const next =
      this.#folder === ""
        ? CheckpointKey.ephemeral(nowMs)
        : await CheckpointKey.load(this.#folder, nowMs, livesForMs);
    const { createdAtMs } = next;
    const vouching = this.#vouchFor(next.publicKey);
    return new CheckpointKey(next.#private, { folder: this.#folder, createdAtMs, vouching });
  }

  /** Ed25519 over the text, base64url. */
  sign(text: string): string {
    return sign(undefined, Buffer.from(text), this.#private).toString("base64url");
  }

  async #replace(path: string, nowMs: number): Promise<CheckpointKey> {
    const { privateKey } = generateKeyPairSync("ed25519");
    const fresh = { folder: this.#folder, createdAtMs: nowMs };
    const { publicKey } = new CheckpointKey(privateKey, fresh);
    const vouching = this.#vouchFor(publicKey);
    // Others of this folder may do the same now: the last one stays, and each is signed.
    const own = `${path}.${process.pid}.tmp`;
    await writeFile(own, toSaved(privateKey, nowMs, vouching), { mode: 0o600 });
    await rename(own, path);
    return new CheckpointKey(privateKey, { ...fresh, vouching });
  }

  #vouchFor(publicKey: string): Vouching {
    return { vouchedBy: this.keyId, vouchingSignature: this.sign(publicKey) };
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
