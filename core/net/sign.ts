import { createHmac } from "node:crypto";

/**
 * The headers of Standard Webhooks 1.0.0 (standardwebhooks.com) for one POST: HMAC-SHA256 over "id.timestamp.body".
 * Receivers compare in constant time, refuse timestamps more than 5 minutes off, and take an id once.
 */
export function signatureHeaders(
  message: { readonly id: string; readonly atMs: number; readonly body: string },
  key: string,
): Record<string, string> {
  const timestamp = String(Math.floor(message.atMs / 1_000));
  const signature = createHmac("sha256", bytesOf(key))
    .update(`${message.id}.${timestamp}.${message.body}`)
    .digest("base64");
  return { "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

function bytesOf(key: string): Buffer {
  return key.startsWith("whsec_") ? Buffer.from(key.slice(6), "base64") : Buffer.from(key);
}
