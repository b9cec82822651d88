import { connect, type Socket } from "node:net";
import { createTransport } from "nodemailer";
import {
  AddressRefused,
  assertReachable,
  guardedLookup,
  type Lookup,
} from "../../core/net/guarded-connector.ts";
import type { CompiledSmtp, NamedSecret } from "../../core/policy/compiled-policy.ts";
import type { SecretReader } from "../../core/secrets/secret-reader.ts";
import { DeliveryFailure } from "./delivery-failure.ts";
import { toMailText } from "./formats/mail.ts";
import type { Notice } from "./notice.ts";

export interface MailSenderOptions {
  readonly secrets: SecretReader;
  readonly lookup?: Lookup;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

/** Sends messages by SMTP. */
export class MailSender {
  readonly #options: MailSenderOptions;

  constructor(options: MailSenderOptions) {
    this.#options = options;
  }

  /** Rejects with a {@link DeliveryFailure}, or with SecretMissing. */
  async send(smtp: CompiledSmtp, notice: Notice): Promise<void> {
    const { timeoutMs = defaultTimeoutMs } = this.#options;
    const auth = this.#authOf(smtp);
    const tls = { minVersion: "TLSv1.2" as const, rejectUnauthorized: true, ...this.#caOf(smtp) };
    let socket: Socket | undefined;
    const deadline = setTimeout(() => socket?.destroy(new Error("deadline")), timeoutMs);
    try {
      socket = await this.#connect(smtp, timeoutMs);
      const transport = createTransport({
        host: smtp.host,
        port: smtp.port,
        connection: socket,
        secure: smtp.security === "tls",
        requireTLS: smtp.security === "starttls",
        ignoreTLS: smtp.security === "none",
        tls,
        ...(auth && { auth }),
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const { subject, text } = toMailText(notice);
      // The same id at every try: mailboxes show a repetition once.
      const messageId = `<${notice.id}@mcp-gateway>`;
      await transport.sendMail({ from: smtp.from, to: [...smtp.to], subject, text, messageId });
    } catch (error) {
      throw toFailure(error);
    } finally {
      clearTimeout(deadline);
      socket?.destroy();
    }
  }

  /** Connected here, so that the address that was checked is the one that is used. */
  #connect({ host, port, network }: CompiledSmtp, timeoutMs: number): Promise<Socket> {
    assertReachable(host, network);
    const { lookup: asked } = this.#options;
    const lookup = guardedLookup({ network, ...(asked && { lookup: asked }) });
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, lookup });
      socket.setTimeout(timeoutMs, () => socket.destroy(new Error("no connection in time")));
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.setTimeout(0);
        socket.off("error", reject);
        resolve(socket);
      });
    });
  }

  #authOf({ username, password }: CompiledSmtp): { user: string; pass: string } | undefined {
    if (!username || !password) return undefined;
    return { user: this.#read(username), pass: this.#read(password) };
  }

  #caOf({ ca }: CompiledSmtp): { ca?: string } {
    return ca ? { ca: this.#options.secrets.read(ca) } : {};
  }

  #read({ prefix, secret }: NamedSecret): string {
    return prefix + this.#options.secrets.read(secret);
  }
}

/** Codes only: what servers say may repeat a login. */
function toFailure(cause: unknown): DeliveryFailure {
  if (cause instanceof AddressRefused) {
    const message = "its address is not one that the policy lets the gateway connect to (network)";
    return new DeliveryFailure(message, { cause, mayPass: false });
  }
  const { code, responseCode } = cause as { code?: string; responseCode?: number };
  // 5yz: "the client should not repeat the exact request" (RFC 5321 §4.2.1).
  const mayPass = responseCode === undefined ? code !== "ETLS" : responseCode < 500;
  const words = [code, responseCode].filter((it) => it !== undefined).join(" ");
  return new DeliveryFailure(`the mail server did not take it (${words || "no connection"})`, {
    cause,
    mayPass,
  });
}
