import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { vi } from "vitest";

export interface ReceivedPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How a receiver answers a POST. */
export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Takes webhooks, and answers them as it is told: 200 unless told otherwise. */
export class WebhookReceiver {
  readonly posts: ReceivedPost[] = [];
  /** For each POST to come, in order; the last one stays. Undefined: never answers. */
  answers: (ReceiverAnswer | undefined)[] = [{ status: 200 }];
  readonly #server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { url: path = "", headers } = request;
    this.posts.push({ path, headers, body: Buffer.concat(chunks).toString() });
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer) response.writeHead(answer.status, answer.headers).end("it says this");
  });

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((done) => receiver.#server.listen(0, "127.0.0.1", done));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** The POSTs, once there are so many. */
  received(count: number): Promise<readonly ReceivedPost[]> {
    return vi.waitFor(
      () => {
        if (this.posts.length < count) throw new Error(`${this.posts.length} of ${count} POSTs`);
        return this.posts;
      },
      { timeout: 10_000, interval: 10 },
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
