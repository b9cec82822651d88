import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { Agent, request } from "undici";
import { type OutgoingRecord, type RefusedRecord, type Sink, SinkFailure } from "./sink.ts";

/** One kind of receiver: what it is sent, and what its answer says. */
export interface HttpDialect {
  readonly kind: string;
  readonly contentType: string;
  toBody(records: readonly OutgoingRecord[]): string;
  /** For this request, such as a signature of its body. */
  headersFor(message: { readonly id: string; readonly body: string }): Record<string, string>;
  /** Of an answer of 2xx. Throws a {@link SinkFailure} when it says that the batch was not taken after all. */
  readAnswer(text: string, records: readonly OutgoingRecord[]): readonly RefusedRecord[];
  /** Of an answer of 400: whether it is the content that is not taken. Without this it is. */
  isRefusal?(text: string): boolean;
  /** Where an answer of 2xx is only a promise: resolves when it is kept, rejects with a {@link SinkFailure} when it is not. */
  confirm?(text: string, ask: Ask): Promise<void>;
}

/** Asks the receiver something more, at another address of it. Resolves to the text of an answer of 2xx. */
export type Ask = (url: URL, body: string) => Promise<string>;

export interface HttpSinkOptions {
  readonly url: URL;
  readonly dialect: HttpDialect;
  /** Of the Authorization header; undefined sends none. Read for each request: tokens rotate. */
  readonly authorization: () => string | undefined;
  readonly gzip: boolean;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;
const maxAnswerBytes = 16 * 1_024 * 1_024;
const maxRetryAfterMs = 300_000;
/** The receiver says that it is the content that it does not take. */
const refusing = new Set([400, 413, 422]);

/** POSTs batches of records. */
export class HttpSink implements Sink {
  readonly name: string;
  readonly #options: HttpSinkOptions;
  readonly #agent: Agent;

  constructor(options: HttpSinkOptions) {
    const { url, dialect, tls } = options;
    this.#options = options;
    // Without user, password and query: they may be secrets.
    this.name = `${dialect.kind} ${url.origin}${url.pathname}`;
    this.#agent = new Agent({ connect: { timeout: 10_000, ...tls }, connections: 1 });
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly RefusedRecord[]> {
    const { dialect } = this.#options;
    const body = dialect.toBody(records);
    const headers = {
      "content-type": dialect.contentType,
      ...dialect.headersFor({ id: idOf(records), body }),
    };
    const { url } = this.#options;
    const { status, text, retryAfterMs } = await this.#post({ url, body, headers });
    if (isSuccess(status)) {
      const refused = dialect.readAnswer(text, records);
      await dialect.confirm?.(text, (where, question) => this.#ask(where, question));
      return refused;
    }
    const isOfSetup = status === 400 && dialect.isRefusal?.(text) === false;
    const kind = refusing.has(status) && !isOfSetup ? "refused" : "away";
    const words = `${this.name} answers with HTTP ${status}: ${text.slice(0, 300)}`;
    throw new SinkFailure(words, { kind, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #ask(url: URL, body: string): Promise<string> {
    const headers = { "content-type": "application/json" };
    const { status, text } = await this.#post({ url, body, headers });
    if (isSuccess(status)) return text;
    throw new SinkFailure(`${url.origin}${url.pathname} answers with HTTP ${status}`, {
      kind: "away",
    });
  }

  async #post(message: {
    readonly url: URL;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  }) {
    const { gzip, timeoutMs = defaultTimeoutMs } = this.#options;
    const { url, body, headers } = message;
    const authorization = this.#options.authorization();
    try {
      const response = await request(url, {
        method: "POST",
        dispatcher: this.#agent,
        headers: {
          "user-agent": "mcp-gateway-export",
          ...(gzip && { "content-encoding": "gzip" }),
          ...(authorization !== undefined && { authorization }),
          ...headers,
        },
        body: gzip ? gzipSync(body, { level: 1 }) : body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await readBounded(response.body);
      const retryAfterMs = parseRetryAfter(response.headers["retry-after"]);
      return { status: response.statusCode, text, retryAfterMs };
    } catch (cause) {
      if (cause instanceof SinkFailure) throw cause;
      const { code, name } = cause as { code?: string; name?: string };
      throw new SinkFailure(`${this.name} cannot be reached (${code ?? name})`, {
        kind: "away",
        cause,
      });
    }
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes)
      throw new SinkFailure("the answer is too large to read", { kind: "away" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Seconds or a date (RFC 9110 §10.2.3), in ms from now; at most five minutes. */
function parseRetryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== "string") return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), maxRetryAfterMs) : undefined;
}

/** The same for the same records: receivers can tell a batch that comes again. */
function idOf(records: readonly OutgoingRecord[]): string {
  const digest = createHash("sha256");
  for (const { id } of records) digest.update(id).update("\n");
  return digest.digest("hex").slice(0, 32);
}
