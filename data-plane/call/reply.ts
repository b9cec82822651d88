import type { SseEvent } from "../mcp/sse.ts";
import type { CheckedLimit } from "./trail.ts";

/** How an answer begins that goes to the agent before it is known whole. */
export interface AnswerStart {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The fields of the event that carries it, where it comes in one. */
  readonly event: Omit<SseEvent, "data">;
}

/**
 * The way back to the agent while its call is under way.
 * Every method is safe to call when the agent has gone: then nothing is written.
 */
export interface Reply {
  /** Answers 200 with an SSE stream now; the outcome comes as its last event. Later calls change nothing. */
  openStream(headers?: Readonly<Record<string, string>>): void;
  /** Tells the agent what is left of its quotas, before the answer begins. Absent where an answer has no place for it. */
  showLimits?(limits: readonly CheckedLimit[]): void;
  /** Sends one event. Resolves when the agent may be sent more. */
  send(event: SseEvent): Promise<void>;
  /**
   * Begins the answer, and returns how to send its bytes; that resolves when the agent may be sent more.
   * It is complete only with the outcome. Absent where answers go back whole.
   */
  beginAnswer?(start: AnswerStart): (bytes: Buffer) => Promise<void>;
}
