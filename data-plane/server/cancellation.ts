import type { MessageRequest } from "../call/agent-request.ts";

/**
 * When the agent no longer wants its answer: in the modern era closing the connection says so,
 * in the legacy era only `notifications/cancelled` does (MCP 2025-11-25, Streamable HTTP).
 */
export function cancellationOf({ era, signal }: MessageRequest): AbortController {
  const cancellation = new AbortController();
  if (era === "modern") {
    const onClosed = () => cancellation.abort(signal.reason);
    if (signal.aborted) onClosed();
    else signal.addEventListener("abort", onClosed, { once: true });
  }
  return cancellation;
}
