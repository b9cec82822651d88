/** The session is the gateway's, and there is nothing to resume: a server of 2024-11-05 knows neither. */
const ofStreamableHttp = new Set(["mcp-session-id", "last-event-id", "mcp-method", "mcp-name"]);

/** The agent's headers as a server of HTTP+SSE may see them. */
export function headersForServer(
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !ofStreamableHttp.has(name)),
  );
}
