import { Agent } from "undici";
import type { NetworkName } from "../policy/compiled-policy.ts";
import { guardedConnector, type Lookup, type TlsMaterial } from "./guarded-connector.ts";

export interface JsonClientOptions {
  readonly network: NetworkName;
  readonly readTls: () => TlsMaterial;
  readonly lookup?: Lookup;
}

export interface JsonRequest {
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface JsonAnswer {
  readonly status: number;
  /** Undefined when the body was not JSON. */
  readonly body: unknown;
}

const withinMs = 5_000;
const maxBytes = 256 * 1_024;

/** Asks one server for small JSON documents: only where the policy allows, never for long, never following redirects. */
export class JsonClient {
  readonly #agent: Agent;

  constructor(options: JsonClientOptions) {
    this.#agent = new Agent({ connect: guardedConnector(options), connections: 8 });
  }

  /** Rejects when the server cannot be reached, is slow, or says too much. */
  async ask(url: string, { method, headers = {}, body }: JsonRequest): Promise<JsonAnswer> {
    const { origin, pathname, search } = new URL(url);
    const signal = AbortSignal.timeout(withinMs);
    const response = await this.#agent.request({
      origin,
      path: pathname + search,
      method,
      headers: { accept: "application/json", ...headers },
      body: body ?? null,
      signal,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return { status: response.statusCode, body: parse(Buffer.concat(chunks)) };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
