import { Agent, request } from "undici";
import { AddressRefused, guardedConnector, type Lookup } from "../../core/net/guarded-connector.ts";
import { signatureHeaders } from "../../core/net/sign.ts";
import type { CompiledWebhook, NamedSecret } from "../../core/policy/compiled-policy.ts";
import type { SecretReader } from "../../core/secrets/secret-reader.ts";
import { DeliveryFailure } from "./delivery-failure.ts";
import { toJsonBody } from "./formats/json.ts";
import { toSlackBody } from "./formats/slack.ts";
import { toTeamsBody } from "./formats/teams.ts";
import type { Notice } from "./notice.ts";

export interface WebhookSenderOptions {
  readonly secrets: SecretReader;
  readonly lookup?: Lookup;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
const maxRetryAfterMs = 3_600_000;
/** What a receiver says is read and forgotten, so that its connection can be used again. */
const maxAnswerBytes = 64 * 1024;

const bodyOf: Readonly<
  Record<CompiledWebhook["format"], (notice: Notice, atMs: number) => unknown>
> = { json: toJsonBody, slack: toSlackBody, teams: toTeamsBody };

/** POSTs messages. */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  /** Rejects with a {@link DeliveryFailure}, or with SecretMissing. */
  async send(webhook: CompiledWebhook, notice: Notice): Promise<void> {
    const url = this.#urlOf(webhook.url);
    const atMs = Date.now();
    const body = JSON.stringify(bodyOf[webhook.format](notice, atMs));
    const key = webhook.signWith && this.#read(webhook.signWith);
    const headers = {
      "content-type": "application/json",
      "user-agent": "mcp-gateway",
      "webhook-id": notice.id,
      ...(key && signatureHeaders({ id: notice.id, atMs, body }, key)),
    };
    // A connection of its own: messages are few, and none waits behind another's.
    const dispatcher = this.#agentFor(webhook);
    try {
      const signal = AbortSignal.timeout(this.#options.timeoutMs ?? defaultTimeoutMs);
      const response = await request(url, { method: "POST", headers, body, dispatcher, signal });
      await response.body.dump({ limit: maxAnswerBytes, signal }).catch(() => {});
      assertTaken(response.statusCode, response.headers["retry-after"]);
    } catch (error) {
      throw error instanceof DeliveryFailure ? error : toFailure(error);
    } finally {
      await dispatcher.destroy();
    }
  }

  #agentFor({ network, ca }: CompiledWebhook): Agent {
    const { secrets, lookup } = this.#options;
    const connect = guardedConnector({
      network,
      readTls: () => (ca ? { ca: secrets.read(ca) } : {}),
      ...(lookup && { lookup }),
    });
    return new Agent({ connect, pipelining: 0 });
  }

  #urlOf(secret: NamedSecret): URL {
    const text = this.#read(secret);
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol === "https:" || url?.protocol === "http:") return url;
    // Not shown: it is a secret, of whatever kind.
    throw new DeliveryFailure(
      "what the policy names as the webhook's URL is no http or https URL",
      {
        mayPass: false,
      },
    );
  }

  #read({ prefix, secret }: NamedSecret): string {
    return prefix + this.#options.secrets.read(secret);
  }
}

function assertTaken(status: number, retryAfter: string | string[] | undefined): void {
  if (status >= 200 && status < 300) return;
  // 408 and 425 ask for another try (RFC 9110 §15.5.9, RFC 8470 §5.2); other 4xx and redirects will stay as they are.
  const mayPass = status >= 500 || status === 408 || status === 425 || status === 429;
  const retryAfterMs = parseRetryAfter(retryAfter, Date.now());
  throw new DeliveryFailure(`the receiver answers with HTTP ${status}`, {
    mayPass,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Seconds or a date (RFC 9110 §10.2.3), in milliseconds from now; at most an hour. */
function parseRetryAfter(value: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof value !== "string") return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), maxRetryAfterMs) : undefined;
}

/** Codes only: messages of errors hold addresses, and those are secrets here. */
function toFailure(cause: unknown): DeliveryFailure {
  const { name, code } = cause as { name?: string; code?: string };
  if (cause instanceof AddressRefused) {
    const message = "its address is not one that the policy lets the gateway connect to (network)";
    return new DeliveryFailure(message, { cause, mayPass: false });
  }
  if (name === "TimeoutError") {
    return new DeliveryFailure("the receiver did not answer in time", { cause, mayPass: true });
  }
  return new DeliveryFailure(`the receiver cannot be reached (${code ?? "no connection"})`, {
    cause,
    mayPass: true,
  });
}
