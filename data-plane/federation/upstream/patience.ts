import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import { addressOf } from "./era-memory.ts";
import { patienceMs } from "./greeter.ts";

const maxRemembered = 1_000;
const shortMs = 1_500;
const shortForMs = 60_000;
/** Whoever ends by its own clock, at about the same time, has used the time up; what has come by then may be put together. */
const graceMs = 100;

/** One upstream's part of an answer. */
interface Waiting<Part> {
  /** Is told how long it has. */
  readonly begin: (waitMs: number) => Promise<Part>;
  readonly isGood: (part: Part) => boolean;
  readonly late: () => Part | Promise<Part>;
}

/**
 * How long everybody waits for one upstream's part. One that used that up is given little for a while, so that it
 * slows down one answer and not all; what was asked of it goes on, and is there when it is asked again.
 */
export class Patience {
  /** When each was last waited for in vain, in milliseconds since the epoch. */
  readonly #lostAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The part, or what stands for it when it does not come in time. */
  async await<Part>(
    upstream: CompiledUpstream,
    { begin, isGood, late }: Waiting<Part>,
  ): Promise<Part> {
    const waitMs = this.#waitMs(upstream);
    const begunAt = this.#now();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<Part>((resolve) => {
      timer = setTimeout(() => resolve(late()), waitMs + graceMs);
    });
    let wasGood = false;
    try {
      const part = await Promise.race([begin(waitMs), tooLate]);
      wasGood = isGood(part);
      return part;
    } finally {
      clearTimeout(timer);
      this.#note(upstream, { wasGood, wasLate: this.#now() - begunAt >= waitMs - graceMs });
    }
  }

  /** What fails at once has used up nothing, and has earned nothing back. */
  #note(upstream: CompiledUpstream, { wasGood, wasLate }: Record<"wasGood" | "wasLate", boolean>) {
    const address = addressOf(upstream);
    if (wasLate) {
      if (this.#lostAt.size >= maxRemembered) this.#lostAt.clear();
      this.#lostAt.set(address, this.#now());
    } else if (wasGood) this.#lostAt.delete(address);
  }

  #waitMs(upstream: CompiledUpstream): number {
    const lostAt = this.#lostAt.get(addressOf(upstream));
    const isShort = lostAt !== undefined && this.#now() - lostAt < shortForMs;
    return isShort ? Math.min(shortMs, patienceMs(upstream)) : patienceMs(upstream);
  }
}
