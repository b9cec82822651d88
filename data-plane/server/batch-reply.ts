import type { SseEvent } from "../mcp/sse.ts";
import type { AnswerReply } from "./http-reply.ts";

/**
 * Gathers the answers to the parts of a batch (MCP 2025-03-26). They go back together as an array;
 * when something must reach the agent before that, as a stream, one event for each answer.
 */
export class BatchReply {
  readonly #reply: AnswerReply;
  readonly #answers: string[] = [];
  /** Of a part that asked nothing. */
  #refusal: { readonly status: number; readonly body: Buffer | string } | undefined;

  constructor(reply: AnswerReply) {
    this.#reply = reply;
  }

  /** The way back for a notification or an answer: the agent expects nothing. */
  receipt(): AnswerReply {
    return {
      ...this.part(),
      sendJson: (status, body) => {
        if (status >= 400) this.#refusal = { status, body };
      },
    };
  }

  /** The way back for a request. */
  part(): AnswerReply {
    return {
      isStream: false,
      openStream: () => this.#openStream(),
      send: (event) => {
        this.#openStream();
        return this.#reply.send(event);
      },
      endStream: (event) => this.#take(event?.data),
      sendJson: (_status, body) => this.#take(body.toString()),
    };
  }

  /** Call when every part has ended. */
  end(): void {
    if (this.#reply.isStream) this.#reply.endStream();
    else if (this.#answers.length > 0) this.#reply.sendJson(200, `[${this.#answers.join(",")}]`);
    else this.#reply.sendJson(this.#refusal?.status ?? 202, this.#refusal?.body ?? "");
  }

  #take(answer: string | undefined): void {
    if (!answer) return;
    if (this.#reply.isStream) void this.#reply.send(toEvent(answer));
    else this.#answers.push(answer);
  }

  /** What was gathered so far goes first. */
  #openStream(): void {
    if (this.#reply.isStream) return;
    this.#reply.openStream();
    for (const answer of this.#answers.splice(0)) void this.#reply.send(toEvent(answer));
  }
}

function toEvent(data: string): SseEvent {
  return { event: "message", data };
}
