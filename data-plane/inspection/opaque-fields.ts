/** Fields of a JSON-RPC message itself: changing them would break the protocol, and no model reads them. */
const envelope = new Set(["jsonrpc", "id"]);

/** Whether a field belongs to the protocol and not to what an upstream says. */
export function holdsProtocolField(key: string, depth: number): boolean {
  // An upstream's requestState comes back to it byte for byte, sealed by us on the way.
  return (depth === 0 && envelope.has(key)) || (depth === 1 && key === "requestState");
}

const base64 = /^[A-Za-z0-9+/\r\n]*(?:={1,2}[\r\n]{0,4})?$/;

/** Whether a field holds an image, a sound or a binary resource as MCP sends them: not text, and long. */
export function holdsBlob(key: string, holder: Readonly<Record<string, unknown>>): boolean {
  const value = holder[key];
  if (typeof value !== "string") return false;
  const declared =
    (key === "data" && (holder["type"] === "image" || holder["type"] === "audio")) ||
    (key === "blob" && typeof holder["uri"] === "string");
  return declared && base64.test(value);
}
