import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { JsonRpcResponse } from "../mcp/json-rpc.ts";

/** Marks ids of questions that the gateway asks an agent, among those that upstreams ask. */
const mark = "mcpgw-ask-";
const maxOpen = 10_000;

/**
 * Questions that this proxy put to agents in an upstream's name. The answer may reach another proxy:
 * that one hands it on through Redis. Whoever answers must be in the session that was asked.
 */
export class OpenQuestions {
  readonly #waiting = new Map<string, (answer: JsonRpcResponse) => void>();
  readonly #publisher: Redis;

  constructor(publisher: Redis, subscriber: Redis) {
    this.#publisher = publisher;
    void subscriber.subscribe(redisKeys.answerChannel).catch(() => {});
    subscriber.on("message", (channel: string, text: string) => {
      if (channel !== redisKeys.answerChannel) return;
      const [key, answer] = JSON.parse(text) as [string, JsonRpcResponse];
      this.#waiting.get(key)?.(answer);
    });
  }

  /** A new question of a session: its id, and the answer. Rejects with the signal's reason, or when too many wait. */
  open(
    session: string,
    signal: AbortSignal,
  ): { readonly id: string; readonly answer: Promise<JsonRpcResponse> } {
    const id = mark + randomUUID();
    const key = keyOf(session, id);
    const answer = new Promise<JsonRpcResponse>((resolve, reject) => {
      if (this.#waiting.size >= maxOpen) throw new Error("too many questions wait for answers");
      signal.throwIfAborted();
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#waiting.set(key, resolve);
    }).finally(() => this.#waiting.delete(key));
    return { id, answer };
  }

  /** Whether an id is one of a question of ours, at whichever proxy. */
  isOurs(id: unknown): id is string {
    return typeof id === "string" && id.startsWith(mark);
  }

  /** Gives an answer to whoever waits for it. Nobody may: the question may just have ended. */
  async answer(session: string, answer: JsonRpcResponse): Promise<void> {
    const key = keyOf(session, String(answer.id));
    const here = this.#waiting.get(key);
    if (here) here(answer);
    else await this.#publisher.publish(redisKeys.answerChannel, JSON.stringify([key, answer]));
  }
}

function keyOf(session: string, id: string): string {
  return JSON.stringify([session, id]);
}
