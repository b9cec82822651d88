import type { IncomingHttpHeaders } from "node:http";

/**
 * Headers that stay here: they belong to this connection, to the agent's own credentials,
 * to who is asking, or are what proxies tell bridges. Everything else goes upstream untouched, headers of tomorrow included.
 */
const kept =
  /^(host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-.*|accept-encoding|authorization|cookie|origin|referer|forwarded|x-forwarded-.*|x-real-ip|x-api-key|client-cert|client-cert-chain|sec-.*|mcpgw-.*)$/;

/** The agent's headers as they go upstream, lower case. Never its credentials, wherever it put them. */
export function headersForUpstream(headers: IncomingHttpHeaders): Record<string, string> {
  // What Connection names belongs to this connection too (RFC 9110 §7.6.1), but for what was checked against the body.
  const named = new Set(headers.connection?.toLowerCase().split(/[\s,]+/));
  const credential = headers.authorization?.split(/\s+/).at(-1);
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const staysHere = kept.test(name) || (named.has(name) && !name.startsWith("mcp-"));
    const text = Array.isArray(value) ? value.join(", ") : (value ?? "");
    if (!staysHere && !(credential && text.includes(credential))) passed[name] = text;
  }
  // The one type and encoding in which the body was read (RFC 8259 §8.1): any other would make it another body.
  if (headers["content-type"] !== undefined) passed["content-type"] = "application/json";
  return passed;
}
