import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { OutgoingRecord, RefusedRecord, Sink } from "../../control-plane/export/sinks/sink.ts";

/** A sink in memory, which does as it is told. */
export class MemorySink implements Sink {
  readonly name = "memory";
  readonly taken: OutgoingRecord[] = [];
  tries = 0;
  /** Called before a batch is taken: may throw, wait, or refuse records. */
  onSend: (
    records: readonly OutgoingRecord[],
  ) => Promise<readonly RefusedRecord[]> | readonly RefusedRecord[] = () => [];

  async send(records: readonly OutgoingRecord[]): Promise<readonly RefusedRecord[]> {
    this.tries += 1;
    const refused = await this.onSend(records);
    const indexes = new Set(refused.map(({ index }) => index));
    this.taken.push(...records.filter((_, index) => !indexes.has(index)));
    return refused;
  }

  get ids(): string[] {
    return this.taken.map(({ id }) => id);
  }

  async close(): Promise<void> {}
}

export interface ReceivedBatch {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unzipped. */
  readonly body: string;
}

/** What a receiver answers. */
export interface BatchAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A receiver of batches over HTTP, which answers as it is told. */
export class BatchReceiver {
  readonly batches: ReceivedBatch[] = [];
  answer: (batch: ReceivedBatch) => BatchAnswer = () => ({});
  readonly #server;
  readonly #protocol: string;

  private constructor(tls: { readonly cert: Buffer; readonly key: Buffer } | undefined) {
    const listener: RequestListener = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const { url: path = "", headers } = request;
      const body = (headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
      const batch = { path, headers, body };
      this.batches.push(batch);
      const answer = this.answer(batch);
      response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? "{}");
    };
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
    this.#protocol = tls ? "https" : "http";
  }

  static async start(
    tls?: { readonly cert: Buffer; readonly key: Buffer },
    port = 0,
  ): Promise<BatchReceiver> {
    const receiver = new BatchReceiver(tls);
    await new Promise<void>((done) => receiver.#server.listen(port, "127.0.0.1", done));
    return receiver;
  }

  get url(): string {
    return `${this.#protocol}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
