import type { SseEvent } from "../mcp/sse.ts";

/** Those of MCP: every message of Streamable HTTP and of HTTP+SSE, and where the latter takes them. */
const knownKinds = new Set([undefined, "message", "endpoint"]);

/** Visible ASCII, as session ids are (MCP 2025-11-25). No spaces: it names a place and says nothing. */
const opaqueId = /^[\x21-\x7e]{0,256}$/;

/**
 * The event without what could carry words past the scan: an id that is not opaque loses its meaning,
 * and of an event that no client of MCP listens to only the place to resume at is left. Undefined when that is nothing.
 */
export function admitEvent({ event, id, retry, data }: SseEvent): SseEvent | undefined {
  const isKnown = knownKinds.has(event);
  const admitted: SseEvent = {
    ...(isKnown && data !== undefined && { data }),
    ...(isKnown && event !== undefined && { event }),
    ...(id !== undefined && opaqueId.test(id) && { id }),
    ...(retry !== undefined && { retry }),
  };
  return Object.keys(admitted).length > 0 ? admitted : undefined;
}
