import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";

/**
 * Keeps the last good message of one kind on disk, so that a proxy starts without a control plane.
 * It holds references to secrets and digests of keys, never a secret.
 */
export class SavedConfig<Desc extends DescMessage> {
  readonly #schema: Desc;
  readonly #directory: string;
  readonly #name: string;

  constructor(schema: Desc, directory: string, name: string) {
    this.#schema = schema;
    this.#directory = directory;
    this.#name = name;
  }

  /** Replaces what was saved. Either the old or the new file is there, whenever the power goes. */
  save(message: MessageShape<Desc>): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const body = toBinary(this.#schema, message);
    const path = this.#path();
    const file = openSync(`${path}.tmp`, "w", 0o600);
    try {
      writeSync(file, Buffer.concat([digestOf(body), body]));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.tmp`, path);
  }

  /** What was saved last; undefined when there is nothing, or nothing whole. */
  load(): MessageShape<Desc> | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.#path());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new Error(`cannot read the saved ${this.#name}`, { cause: error });
    }
    const body = bytes.subarray(digestBytes);
    if (!bytes.subarray(0, digestBytes).equals(digestOf(body))) return undefined;
    return fromBinary(this.#schema, body);
  }

  #path(): string {
    return join(this.#directory, `${this.#name}.bin`);
  }
}

const digestBytes = 32;

function digestOf(body: Uint8Array): Buffer {
  return createHash("sha256").update(body).digest();
}
