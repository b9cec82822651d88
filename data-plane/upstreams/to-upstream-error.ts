import { errors } from "undici";
import { AddressRefused } from "../../core/net/guarded-connector.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import { RightIsOver } from "../call/sending-right.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Turns what undici throws into words for the agent. */
export function toUpstreamError(error: unknown, upstream: CompiledUpstream): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const { name } = upstream;
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return new UpstreamError(`upstream ${name} was silent for ${upstream.timeoutMs} ms`, {
      kind: "timed-out",
      cause: error,
    });
  }
  if (error instanceof RightIsOver) {
    const reason = "the call was not sent, since the right to send it is over";
    return new UpstreamError(reason, { cause: error });
  }
  return new UpstreamError(`upstream ${name} ${whatHappened(error)}`, { cause: error });
}

/** A peer that speaks TLS badly, or that shows nothing we trust (the codes of X509_verify_cert_error_string). */
const untrusted = /CERT|^(UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

function whatHappened(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (error instanceof AddressRefused) {
    return "is at an address that the gateway does not connect to";
  }
  if (/^(ERR_SSL_|EPROTO)/.test(code)) return "and the gateway do not agree on TLS";
  if (untrusted.test(code)) return "shows a certificate that the gateway does not trust";
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT)/.test(code)
    ? "cannot be reached"
    : "broke off its answer";
}
