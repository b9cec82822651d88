import { Agent } from "undici";
import { CircuitBreaker } from "../../../core/net/circuit-breaker.ts";
import {
  AddressRefused,
  guardedConnector,
  type Lookup,
  type TlsMaterial,
} from "../../../core/net/guarded-connector.ts";
import { signatureHeaders } from "../../../core/net/sign.ts";
import type { CompiledScanner } from "../../../core/policy/compiled-scanner.ts";
import type { NamedSecret } from "../../../core/policy/compiled-sources.ts";
import { SecretMissing, type SecretReader } from "../../../core/secrets/secret-reader.ts";
import { parseScannerAnswer, type ScannerAnswer } from "./scanner-answer.ts";
import { Slots } from "./slots.ts";

const maxAnswerBytes = 64 * 1_024;
/** Waiting costs memory: who comes when so many wait already is told at once. */
const waitingPerSlot = 4;

/** A scanner gave no verdict. The message says why, in words of ours alone. */
export class ScannerUnavailable extends Error {
  override readonly name = "ScannerUnavailable";
}

export interface LinkOptions {
  readonly secrets: SecretReader;
  readonly lookup?: Lookup;
}

/** One question, sent as it is. */
export interface Question {
  readonly id: string;
  readonly body: string;
}

/** The way to one scanner: never for longer than its time, never more at once than it takes, and not at all while it fails. */
export class ScannerLink {
  readonly #scanner: CompiledScanner;
  readonly #secrets: SecretReader;
  readonly #agent: Agent;
  readonly #breaker: CircuitBreaker;
  readonly #slots: Slots;

  constructor(scanner: CompiledScanner, { secrets, lookup }: LinkOptions) {
    this.#scanner = scanner;
    this.#secrets = secrets;
    this.#breaker = new CircuitBreaker(scanner.circuitBreaker);
    this.#slots = new Slots(scanner.maxConcurrent, scanner.maxConcurrent * waitingPerSlot);
    const { tls, network } = scanner;
    const connect = guardedConnector({
      network,
      readTls: () => this.#tlsNow(),
      ...(tls?.serverName && { serverName: tls.serverName }),
      ...(lookup && { lookup }),
    });
    this.#agent = new Agent({ connect, connections: scanner.maxConcurrent });
  }

  /** Throws {@link ScannerUnavailable} where there is no verdict in time. */
  async ask(question: Question): Promise<ScannerAnswer> {
    const { maxBytes, timeoutMs } = this.#scanner;
    if (Buffer.byteLength(question.body) > maxBytes) {
      throw new ScannerUnavailable(`there is more to look at than ${maxBytes} bytes`);
    }
    if (this.#breaker.isOpen) throw new ScannerUnavailable(stillOpen);
    const deadline = AbortSignal.timeout(timeoutMs);
    if (!(await this.#slots.take(deadline))) {
      throw new ScannerUnavailable("too many wait for it already");
    }
    try {
      if (!this.#breaker.admits()) throw new ScannerUnavailable(stillOpen);
      return await this.#counted(() => this.#exchange(question, deadline));
    } finally {
      this.#slots.release();
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #counted(exchange: () => Promise<ScannerAnswer>): Promise<ScannerAnswer> {
    try {
      const answer = await exchange();
      this.#breaker.succeeded();
      return answer;
    } catch (cause) {
      this.#breaker.failed();
      throw cause instanceof ScannerUnavailable ? cause : unavailable(cause);
    }
  }

  /** A connection that broke is tried once more: a question changes nothing, however often it is asked. */
  async #exchange(question: Question, deadline: AbortSignal): Promise<ScannerAnswer> {
    try {
      return await this.#post(question, deadline);
    } catch (error) {
      if (deadline.aborted || !isBroken(error)) throw error;
      return await this.#post(question, deadline);
    }
  }

  async #post({ id, body }: Question, signal: AbortSignal): Promise<ScannerAnswer> {
    const { url, credentials, signWith } = this.#scanner;
    const { origin, pathname, search } = new URL(url);
    const key = signWith && this.#read(signWith);
    const headers = {
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "mcp-gateway",
      "webhook-id": id,
      ...(key && signatureHeaders({ id, atMs: Date.now(), body }, key)),
      ...(credentials && { [credentials.header]: this.#read(credentials.value) }),
    };
    const path = pathname + search;
    const response = await this.#agent.request({
      origin,
      path,
      method: "POST",
      headers,
      body,
      signal,
    });
    if (response.statusCode !== 200) {
      await response.body.dump({ limit: maxAnswerBytes, signal }).catch(() => {});
      throw new ScannerUnavailable(`it answers with HTTP ${response.statusCode}`);
    }
    const answer = parseScannerAnswer(await readBounded(response.body));
    if (!answer)
      throw new ScannerUnavailable("its answer is none that the documentation describes");
    return answer;
  }

  #tlsNow(): TlsMaterial {
    const { ca, clientCertificate, clientKey } = this.#scanner.tls ?? {};
    return {
      ...(ca && { ca: this.#secrets.read(ca) }),
      ...(clientCertificate && { cert: this.#secrets.read(clientCertificate) }),
      ...(clientKey && { key: this.#secrets.read(clientKey) }),
    };
  }

  #read({ prefix, secret }: NamedSecret): string {
    return prefix + this.#secrets.read(secret);
  }
}

const stillOpen = "it failed too often, and is not asked for a while";

/** Leaving the loop early destroys the body, and with it the connection. */
async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) {
      throw new ScannerUnavailable(`its answer has more than ${maxAnswerBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isBroken(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

/** Codes only: messages of errors may hold addresses and headers. */
function unavailable(cause: unknown): ScannerUnavailable {
  const { name, code } = cause as { name?: string; code?: string };
  if (cause instanceof AddressRefused) {
    return new ScannerUnavailable("its address is not one that `network` allows", { cause });
  }
  if (cause instanceof SecretMissing) return new ScannerUnavailable(cause.message, { cause });
  if (name === "TimeoutError") {
    return new ScannerUnavailable("it did not answer in time", { cause });
  }
  return new ScannerUnavailable(`it cannot be reached (${code ?? "no connection"})`, { cause });
}
