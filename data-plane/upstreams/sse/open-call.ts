import type { Call } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import type { SseEvent } from "../../mcp/sse.ts";
import type { AnswerListener } from "../read-answer.ts";
import { UpstreamError } from "../upstream-error.ts";

/** What of a call a session needs to know. */
export type SentCall = Pick<Call, "headers" | "message" | "signal" | "upstream">;

/** A request whose answer will come on the session's stream. */
export class OpenCall {
  /** Rejects with an UpstreamError, or with the reason of the call's signal. */
  readonly answer: Promise<Answer>;
  /** Whether its agent can be told something before the answer. */
  readonly acceptsStream: boolean;
  /** As JSON, since 1 and "1" are two tokens. */
  readonly progressToken: string | undefined;
  readonly #listener: AnswerListener;
  readonly #call: SentCall;
  #end: { resolve(answer: Answer): void; reject(reason: unknown): void } = {
    resolve: () => {},
    reject: () => {},
  };
  #isStream = false;
  #isOver = false;
  #silence: NodeJS.Timeout | undefined;

  constructor(call: SentCall, listener: AnswerListener) {
    this.#call = call;
    this.#listener = listener;
    this.acceptsStream =
      call.message.method !== "initialize" &&
      call.headers["accept"]?.includes("text/event-stream") === true;
    this.progressToken = progressTokenOf(call);
    this.answer = new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
    this.#awaitSign();
  }

  /** The server has taken the request: clients wait longer for an answer that has begun. */
  accepted(): void {
    if (!this.acceptsStream || this.#isStream || this.#isOver) return;
    this.#isStream = true;
    this.#listener.onStream({});
  }

  /** Passes on what comes before the answer. Resolves when the agent may be sent more. */
  async relay(event: SseEvent, message: unknown): Promise<void> {
    // The upstream is not silent while the agent is slow.
    clearTimeout(this.#silence);
    try {
      this.accepted();
      await this.#listener.onEvent(event, message);
      this.#awaitSign();
    } catch (error) {
      this.fail(error);
    }
  }

  settle(event: SseEvent, message: unknown): void {
    const body = Buffer.from(event.data ?? "");
    this.answerWith(
      this.#isStream
        ? { via: "stream", event, message }
        : { via: "json", status: 200, headers: {}, body, message },
    );
  }

  answerWith(answer: Answer): void {
    this.#stop();
    this.#end.resolve(answer);
  }

  fail(reason: unknown): void {
    this.#stop();
    this.#end.reject(reason);
  }

  #stop(): void {
    this.#isOver = true;
    clearTimeout(this.#silence);
  }

  #awaitSign(): void {
    if (this.#isOver) return;
    const { name, timeoutMs } = this.#call.upstream;
    this.#silence = setTimeout(() => {
      const message = `upstream ${name} was silent for ${timeoutMs} ms`;
      this.fail(new UpstreamError(message, { kind: "timed-out" }));
    }, timeoutMs);
  }
}

function progressTokenOf({ message }: SentCall): string | undefined {
  const meta = message.params?.["_meta"];
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  return token === undefined ? undefined : JSON.stringify(token);
}
