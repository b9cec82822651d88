import type { Redis } from "ioredis";
import { RpcError } from "../../core/grpc/errors.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import type { StreamLine } from "./stream-pages.ts";

export interface ScanRange {
  /** By the time at which entries came, in ms. Undefined: to the stream's own ends. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly oldestFirst: boolean;
  /** Goes on behind this entry. Empty: begins. */
  readonly cursor: string;
}

/** Most questions are answered by the first few entries; who looks further reads more at once. */
const firstPageSize = 100;
const maxPageSize = 1_000;
/** One request looks at no more than this: Redis and this process serve others, too. */
const maxScanned = 25_000;
const maxMs = 1_500;

/** Looks at entries of a stretch of the stream, for one request: as far as its budget reaches. */
export class StreamScan {
  readonly #redis: Redis;
  readonly #range: ScanRange;
  #last: string;
  #isAtEnd = false;
  #pageSize = firstPageSize;
  scanned = 0;

  constructor(redis: Redis, range: ScanRange) {
    if (range.cursor !== "" && !/^\d{1,16}-\d{1,19}$/.test(range.cursor)) {
      throw new RpcError("invalid-argument", "the cursor is none that this control plane gave");
    }
    this.#redis = redis;
    this.#range = range;
    this.#last = range.cursor;
  }

  /** Where the next request goes on; empty when the stretch has ended. */
  get cursor(): string {
    return this.#isAtEnd ? "" : this.#last;
  }

  /** When the last entry came that was looked at, in ms. */
  get reachedMs(): number | undefined {
    return this.#last === "" ? undefined : Number(this.#last.split("-")[0]);
  }

  /** Calls `take` for each entry until it says that it has enough, the budget is used up, or the stretch ends. */
  async each(take: (line: StreamLine) => "more" | "enough"): Promise<void> {
    const endMs = performance.now() + maxMs;
    while (this.scanned < maxScanned && performance.now() < endMs) {
      const wanted = Math.min(this.#pageSize, maxScanned - this.scanned);
      const page = await this.#readPage(wanted);
      for (const [entry, fields] of page) {
        this.#last = entry;
        this.scanned += 1;
        const json = fields.find((_, index) => index % 2 === 1 && fields[index - 1] === "d") ?? "";
        if (take({ entry, json }) === "enough") return;
      }
      if (page.length < wanted) {
        this.#isAtEnd = true;
        return;
      }
      this.#pageSize = Math.min(2 * this.#pageSize, maxPageSize);
    }
  }

  #readPage(count: number): Promise<[string, string[]][]> {
    const { fromMs, toMs, oldestFirst } = this.#range;
    const [low, high] = [String(fromMs ?? "-"), String(toMs ?? "+")];
    const behind = this.#last === "" ? undefined : `(${this.#last}`;
    const key = redisKeys.auditStream;
    return oldestFirst
      ? this.#redis.xrange(key, behind ?? low, high, "COUNT", count)
      : this.#redis.xrevrange(key, behind ?? high, low, "COUNT", count);
  }
}
