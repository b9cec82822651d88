import type { SseEvent } from "../mcp/sse.ts";

/**
 * The way back to the agent while its call is under way.
 * Every method is safe to call when the agent has gone: then nothing is written.
 */
export interface Reply {
  /** Answers 200 with an SSE stream now; the outcome comes as its last event. Later calls change nothing. */
  openStream(headers?: Readonly<Record<string, string>>): void;
  /** Sends one event. Resolves when the agent may be sent more. */
  send(event: SseEvent): Promise<void>;
}
