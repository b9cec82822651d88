import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Principal } from "../call/agent-request.ts";
import type { RequestId } from "../mcp/json-rpc.ts";

interface CallAddress {
  readonly principal: Principal;
  readonly route: string;
  /** The legacy session; empty for modern calls. */
  readonly session: string;
  readonly requestId: RequestId;
}

/**
 * The calls under way on this proxy, so that `notifications/cancelled` finds the call it names.
 * The notification may reach another proxy: each tells all.
 */
export class InFlightCalls {
  readonly #calls = new Map<string, () => void>();
  readonly #publisher: Redis;

  constructor(publisher: Redis, subscriber: Redis) {
    this.#publisher = publisher;
    void subscriber.subscribe(redisKeys.cancelChannel).catch(() => {});
    subscriber.on("message", (channel: string, key: string) => {
      if (channel === redisKeys.cancelChannel) this.#calls.get(key)?.();
    });
  }

  /** Remembers a call until the returned function is called. */
  add(address: CallAddress, cancel: () => void): () => void {
    const key = keyOf(address);
    this.#calls.set(key, cancel);
    return () => {
      if (this.#calls.get(key) === cancel) this.#calls.delete(key);
    };
  }

  /** Cancels the call wherever it is held. An unknown one is no error: it may just have ended. */
  async cancel(address: CallAddress): Promise<void> {
    const key = keyOf(address);
    const here = this.#calls.get(key);
    if (here) {
      here();
      return;
    }
    await this.#publisher.publish(redisKeys.cancelChannel, key);
  }
}

/** Only the agent itself can name its call; JSON keeps 1 and "1" apart. */
function keyOf({ principal, route, session, requestId }: CallAddress): string {
  return JSON.stringify([principal.agent, route, session, requestId]);
}
