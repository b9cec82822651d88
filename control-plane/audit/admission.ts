import { setTimeout as sleep } from "node:timers/promises";
import { RpcError } from "../../core/grpc/errors.ts";

/** How long an answer holds. The table of operators that it is from may be a second old itself. */
const holdsForMs = 500;
const retryMs = 500;

/** Makes sure, as a long stream goes on, that its reader is still one who may read. */
export class Admission {
  readonly #assert: () => Promise<void>;
  readonly #end: AbortSignal;
  #renewedAtMs = performance.now();

  constructor(assert: () => Promise<void>, end: AbortSignal) {
    this.#assert = assert;
    this.#end = end;
  }

  /** Throws when the reader may not go on. While Redis cannot tell, it waits: nothing is shown unconfirmed. */
  async renew(): Promise<void> {
    if (performance.now() - this.#renewedAtMs < holdsForMs) return;
    while (!this.#end.aborted) {
      try {
        await this.#assert();
        this.#renewedAtMs = performance.now();
        return;
      } catch (error) {
        if (!(error instanceof RpcError && error.code === "unavailable")) throw error;
      }
      await sleep(retryMs, undefined, { signal: this.#end }).catch(() => {});
    }
  }
}
