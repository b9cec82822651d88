import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Logger } from "../../core/service/log.ts";

/** Paths of PEM files. */
export interface TlsPaths {
  readonly certificate: string;
  readonly key: string;
  /** Those who vouch for agents. */
  readonly clientCa: string;
}

const lookEveryMs = 2_000;

/** Certificates of a listener, read anew when their files change. Files that do not fit together are not taken. */
export class TlsFiles {
  readonly #paths: TlsPaths;
  readonly #log: Logger;
  #current: { readonly options: SecureContextOptions; readonly digest: string };
  #failed = "";
  #looking: NodeJS.Timeout | undefined;

  /** Throws when a file cannot be read, or they do not fit together. */
  constructor(paths: TlsPaths, log: Logger) {
    this.#paths = paths;
    this.#log = log;
    this.#current = read(paths);
  }

  get options(): SecureContextOptions {
    return this.#current.options;
  }

  /** Calls the listener after each change, until {@link close}. */
  watch(onChange: (options: SecureContextOptions) => void): void {
    this.#looking = setInterval(() => this.#look(onChange), lookEveryMs).unref();
  }

  close(): void {
    clearInterval(this.#looking);
  }

  #look(onChange: (options: SecureContextOptions) => void): void {
    try {
      const found = read(this.#paths);
      this.#failed = "";
      if (found.digest === this.#current.digest) return;
      this.#current = found;
      onChange(found.options);
      this.#log.info("the certificates for agents have changed and are in use");
    } catch (error) {
      const { message } = error as Error;
      if (message === this.#failed) return;
      this.#failed = message;
      this.#log.error({ err: error }, "new certificates cannot be used; those before stay");
    }
  }
}

function read({ certificate, key, clientCa }: TlsPaths) {
  const [cert, privateKey, ca] = [certificate, key, clientCa].map((path) => readFileSync(path));
  const options = { cert, key: privateKey, ca, minVersion: "TLSv1.2" } as SecureContextOptions;
  createSecureContext(options);
  const hash = createHash("sha256");
  for (const file of [cert, privateKey, ca]) hash.update(file ?? "").update("\0");
  return { options, digest: hash.digest("hex") };
}
