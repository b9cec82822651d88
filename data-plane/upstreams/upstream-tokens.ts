import { createHash } from "node:crypto";
import type { Lookup } from "../../core/net/guarded-connector.ts";
import { type JsonAnswer, JsonClient } from "../../core/net/json-client.ts";
import type { CompiledTokenRequest } from "../../core/policy/compiled-credentials.ts";
import { isObject } from "../mcp/json-rpc.ts";
import type { CredentialReader } from "./credentials.ts";
import { UpstreamError } from "./upstream-error.ts";

/** The token that the agent came with, and when it ends (milliseconds since the epoch). */
export interface Subject {
  readonly token: string;
  readonly expiresAt: number;
}

type Kept =
  | { readonly token: string; readonly untilMs: number }
  | { readonly error: UpstreamError; readonly untilMs: number };

const maxKept = 10_000;
const maxClients = 100;
/** A token that ends while it is on its way is of no use. */
const marginMs = 30_000;
const longestMs = 3_600_000;
/** What a server is taken to mean that does not say how long its token is good. */
const unsaidMs = 60_000;
/** A refusal is not asked for again with every call. */
const refusedForMs = 5_000;
const accessToken = "urn:ietf:params:oauth:token-type:access_token";

/** Tokens for upstreams, asked of authorization servers and kept until shortly before they end. */
export class UpstreamTokens {
  readonly #credentials: CredentialReader;
  readonly #lookup: Lookup | undefined;
  readonly #now: () => number;
  /** The one added last stands last. */
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<string>>();
  readonly #clients = new Map<string, JsonClient>();

  constructor(
    credentials: CredentialReader,
    options: { readonly lookup?: Lookup | undefined; readonly now?: () => number } = {},
  ) {
    this.#credentials = credentials;
    this.#lookup = options.lookup;
    this.#now = options.now ?? Date.now;
  }

  /** With a subject, its token is exchanged (RFC 8693). Rejects with an UpstreamError. */
  async tokenFor(request: CompiledTokenRequest, subject: Subject | undefined): Promise<string> {
    const key = keyOf(request, subject);
    const kept = this.#kept.get(key);
    if (kept && kept.untilMs > this.#now()) {
      if ("error" in kept) throw kept.error;
      return kept.token;
    }
    const underWay = this.#asking.get(key);
    if (underWay !== undefined) return await underWay;
    const asking = this.#ask(request, subject, key).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return await asking;
  }

  /** Drops a token that the upstream did not take. */
  forget(request: CompiledTokenRequest, subject: Subject | undefined): void {
    this.#kept.delete(keyOf(request, subject));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #ask(
    request: CompiledTokenRequest,
    subject: Subject | undefined,
    key: string,
  ): Promise<string> {
    try {
      const { token, goodForMs } = readGrant(await this.#post(request, subject));
      const endsAt = Math.min(this.#now() + goodForMs, subject?.expiresAt ?? Infinity);
      this.#keep(key, { token, untilMs: endsAt - marginMs });
      return token;
    } catch (cause) {
      const error = toError(cause);
      this.#keep(key, { error, untilMs: this.#now() + refusedForMs });
      throw error;
    }
  }

  async #post(request: CompiledTokenRequest, subject: Subject | undefined): Promise<JsonAnswer> {
    const { tokenEndpoint, clientId, clientSecret, parameters } = request;
    const secret = this.#credentials.read(clientSecret);
    const grant = subject
      ? {
          grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
          subject_token: subject.token,
          subject_token_type: accessToken,
          requested_token_type: accessToken,
        }
      : { grant_type: "client_credentials" };
    // RFC 6749 section 2.3.1: both are form-encoded before they become a password.
    const basic = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
    return await this.#clientFor(request).ask(tokenEndpoint, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(basic).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ ...grant, ...parameters }).toString(),
    });
  }

  #clientFor({ tokenEndpoint, network, ca }: CompiledTokenRequest): JsonClient {
    const key = JSON.stringify([new URL(tokenEndpoint).origin, network, ca]);
    const known = this.#clients.get(key);
    if (known) return known;
    const client = new JsonClient({
      network,
      readTls: () => (ca ? { ca: this.#credentials.read(ca) } : {}),
      ...(this.#lookup && { lookup: this.#lookup }),
    });
    this.#clients.set(key, client);
    const [oldest] = this.#clients;
    if (oldest && this.#clients.size > maxClients) {
      this.#clients.delete(oldest[0]);
      void oldest[1].close();
    }
    return client;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > maxKept) this.#kept.delete(oldest);
  }
}

/** Of one agent's token and one request: another token of the same agent may be good for less. */
function keyOf(request: CompiledTokenRequest, subject: Subject | undefined): string {
  const digest = subject && createHash("sha256").update(subject.token).digest("base64");
  return JSON.stringify([request, digest]);
}

class Refused extends Error {
  override readonly name = "Refused";
}

function readGrant({ status, body }: JsonAnswer): {
  readonly token: string;
  readonly goodForMs: number;
} {
  const answer = isObject(body) ? body : {};
  const { access_token: token, token_type: type, expires_in: seconds } = answer;
  if (status !== 200) {
    const error = answer["error"];
    const code =
      typeof error === "string" && /^[\w-]{1,64}$/.test(error) ? error : `HTTP ${status}`;
    throw new Refused(code);
  }
  const isBearer = typeof type === "string" && type.toLowerCase() === "bearer";
  if (typeof token !== "string" || !/^[\x21-\x7e]{1,16384}$/.test(token) || !isBearer) {
    throw new Refused("no bearer token in the answer");
  }
  const goodForMs = typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : unsaidMs;
  return { token, goodForMs: Math.min(goodForMs, longestMs) };
}

function toError(cause: unknown): UpstreamError {
  if (cause instanceof UpstreamError) return cause;
  return cause instanceof Refused
    ? new UpstreamError(
        `the authorization server gave no token for this upstream (${cause.message})`,
        { cause },
      )
    : new UpstreamError("the authorization server of this upstream cannot be reached", { cause });
}
