import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

export type TestEra = "legacy" | "modern";

/** The official client, connected in one era. */
export async function connectClient(url: URL, key: string, era: TestEra): Promise<Client> {
  const client = new Client(
    { name: "test-client", version: "1.0.0" },
    era === "modern" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {},
  );
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
  await client.connect(transport);
  return client;
}

/** One JSON-RPC message as bytes over HTTP, without any client's help. */
export async function post(
  url: URL,
  body: string | Buffer | object,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: unknown; text: string }> {
  const isRaw = typeof body === "string" || Buffer.isBuffer(body);
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: isRaw ? new Uint8Array(Buffer.from(body as string)) : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parse(text), text };
}

function parse(text: string): unknown {
  // The answer is the last event; a stream may begin with an empty one to resume at.
  const data = [...text.matchAll(/^data: (.+)$/gm)].at(-1)?.[1] ?? text;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** What every request of MCP 2026-07-28 says of its client. */
export function modernMeta(capabilities: object = {}): Record<string, unknown> {
  return {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
}

/** The headers of a request of MCP 2026-07-28. */
export function modernHeaders(method: string, name?: string): Record<string, string> {
  return {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(name !== undefined && {
      "mcp-name": `=?base64?${Buffer.from(name).toString("base64")}?=`,
    }),
  };
}
