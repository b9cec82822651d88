import { HttpServer, type HttpServerOptions } from "./http-server.ts";
import { TlsFiles, type TlsPaths } from "./tls-files.ts";

export type ListenersOptions = Omit<HttpServerOptions, "tls"> & {
  /** Where agents show client certificates. Absent: nowhere. */
  readonly mtls?: ({ readonly port: number } & TlsPaths) | undefined;
};

/** Where agents connect: over HTTP, and where certificates are asked for. */
export class Listeners {
  readonly #plain: HttpServer;
  readonly #mutual: HttpServer | undefined;
  readonly #files: TlsFiles | undefined;

  /** Throws when the certificates cannot be used. */
  constructor({ mtls, ...options }: ListenersOptions) {
    this.#plain = new HttpServer(options);
    this.#files = mtls && new TlsFiles(mtls, options.log);
    this.#mutual =
      mtls && this.#files && new HttpServer({ ...options, port: mtls.port, tls: this.#files });
  }

  /** Returns the bound ports. */
  async listen(): Promise<{ readonly port: number; readonly mtlsPort: number | undefined }> {
    return { port: await this.#plain.listen(), mtlsPort: await this.#mutual?.listen() };
  }

  /** As {@link HttpServer.close}. */
  async close(drainDelayMs: number): Promise<void> {
    this.#files?.close();
    await Promise.all([this.#plain, this.#mutual].map((server) => server?.close(drainDelayMs)));
  }

  /** As {@link HttpServer.settled}. */
  async settled(withinMs: number): Promise<void> {
    await Promise.all([this.#plain, this.#mutual].map((server) => server?.settled(withinMs)));
  }
}
