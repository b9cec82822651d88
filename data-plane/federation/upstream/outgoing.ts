import type { Call } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import type { AnswerListener } from "../../upstreams/read-answer.ts";

/** A call on its way upstream. */
export interface Outgoing {
  readonly call: Call;
  readonly body: Buffer;
  readonly listener: AnswerListener;
}

/** The same call as the upstream understands it, and the way back. */
export interface Translated extends Outgoing {
  /** The upstream learns of a cancellation by a message only. */
  readonly cancelsByMessage: boolean;
  /** The upstream may want more of the agent before it answers. */
  readonly mayAsk?: boolean;
  toAgent(answer: Answer): Answer;
}

/** What one era cannot say to the other is answered at once. */
export interface AnsweredAtOnce {
  readonly answer: Answer;
}
