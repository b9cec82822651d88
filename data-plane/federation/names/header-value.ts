/** A value as a header of MCP carries it: plain where it can be, base64 where not (MCP 2026-07-28, Streamable HTTP). */
export function encodeHeader(value: string): string {
  const isPlain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  const looksEncoded = /^=\?base64\?.*\?=$/.test(value);
  return isPlain && !looksEncoded ? value : `=?base64?${Buffer.from(value).toString("base64")}?=`;
}
