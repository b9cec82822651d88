import { signatureHeaders } from "../../../core/net/sign.ts";
import type { HttpDialect } from "./http-sink.ts";

/** Any receiver of lines. With a key each request is signed as Standard Webhooks 1.0.0 says. */
export function webhookDialect(options: {
  readonly signingKey: () => string | undefined;
}): HttpDialect {
  return {
    kind: "webhook",
    contentType: "application/x-ndjson",
    toBody: (records) => records.map(({ line }) => `${line}\n`).join(""),
    headersFor: ({ id, body }) => {
      const key = options.signingKey();
      const signature =
        key === undefined ? {} : signatureHeaders({ id, atMs: Date.now(), body }, key);
      return { "webhook-id": id, ...signature };
    },
    readAnswer: () => [],
  };
}
