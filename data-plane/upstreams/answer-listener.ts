import type { RequestId } from "../mcp/json-rpc.ts";
import type { SseEvent } from "../mcp/sse.ts";
import type { AnswerPass } from "./passing.ts";

/** Told what comes before the answer, while it comes. */
export interface AnswerListener {
  /** The upstream answers with a stream. */
  onStream(headers: Readonly<Record<string, string>>): void;
  /** An event that is not the answer: a notification, a request of the upstream, or a mark to resume at. */
  onEvent(event: SseEvent, message: unknown): Promise<void>;
}

/** A listener that takes long answers as they come. */
export interface PassingListener extends AnswerListener {
  readonly pass: AnswerPass;
}

/** What is asked of a response. */
export interface Asked {
  readonly upstream: string;
  readonly requestId: RequestId;
  readonly listener: AnswerListener | PassingListener;
}
