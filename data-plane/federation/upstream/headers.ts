import type { Way } from "./way.ts";

type Headers = Readonly<Record<string, string>>;

/** An agent's headers without those that speak MCP: they are about another message, or another session. */
export function withoutMcpHeaders(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(mcp-|last-event-id$)/.test(name)),
  );
}

/** An agent's headers as they go to an upstream: its session and version instead of the agent's. */
export function headersOn(way: Way, headers: Headers): Headers {
  if (way.era === "modern") {
    const { "mcp-session-id": _, "last-event-id": __, ...others } = headers;
    return others;
  }
  const mirrored = Object.entries(headers).filter(([name]) => /^mcp-(method|name)$/.test(name));
  return {
    ...withoutMcpHeaders(headers),
    ...Object.fromEntries(mirrored),
    ...(way.session !== undefined && { "mcp-session-id": way.session }),
    "mcp-protocol-version": way.version,
  };
}
